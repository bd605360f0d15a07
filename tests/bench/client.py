"""What pgclone itself costs: CPU and peak memory by workers; and many workers run through."""

import statistics
import tempfile

from cells import Cell
from peers import DEFAULT
from trial import Step, run_process, run_trial

WORKERS = (16, 32, 64, 128, 256, 512)
CONNECTIONS = "8"
MANY = (16, 256)


def run_measured(server, argv):
    """GNU time starts it: a process that Python starts would inherit Python's peak of memory."""
    with tempfile.NamedTemporaryFile("r") as report:
        outcome = run_process(
            Step(["/usr/bin/time", "-f", "%M", "-o", report.name, *argv]), server.env
        )
        peak_kib = int(report.read().split()[-1])
    return outcome.usage.ru_utime + outcome.usage.ru_stime, peak_kib


def measure_client(server, program, rounds):
    """Empty databases, so that the server has as little to do as can be."""
    rows = []
    for workers in WORKERS:
        for mode, flags in (("dry run", ["--dry-run"]), ("real", [])):
            create = [program, "create", "--no-clone", "--project", "bench", "--runner", "django"]
            create += ["--workers", str(workers), "--jobs", CONNECTIONS, *flags]
            cpu, peak = [], []
            for _ in range(rounds):
                seconds, kib = run_measured(server, create)
                cpu.append(seconds)
                peak.append(kib)
                if not flags:
                    drop = Step([program, "drop", "--project", "bench", "--all"])
                    run_process(drop, server.env)
            rows.append(
                {
                    "workers": workers,
                    "mode": mode,
                    "cpu_ms": 1000 * statistics.median(cpu),
                    "peak_kib": statistics.median(peak),
                }
            )
    return rows


def measure_many(server, template, pgclone, rounds):
    """Time per copy with auto, from few workers to many."""
    rows = []
    for copies in MANY:
        cell = Cell(server.kind, template, copies)
        create, drop = [], []
        for _ in range(rounds):
            created, dropped = run_trial(server, cell, pgclone, DEFAULT, DEFAULT)
            create.append(created.seconds)
            drop.append(dropped.seconds)
        rows.append(
            {
                "copies": copies,
                "create_ms_per_copy": 1000 * statistics.median(create) / copies,
                "drop_ms_per_copy": 1000 * statistics.median(drop) / copies,
            }
        )
    return rows
