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


def run_once(server, program, workers, flags):
    create = [program, "create", "--no-clone", "--project", "bench", "--runner", "django"]
    create += ["--workers", str(workers), "--jobs", CONNECTIONS, *flags]
    measured = run_measured(server, create)
    if "--dry-run" not in flags:
        run_process(Step([program, "drop", "--project", "bench", "--all"]), server.env)
    return measured


def take_turns(pgclones, rounds, measure):
    """For each program what `measure` tells of it in each round: a list for each of the two values."""
    found = {pgclone: [] for pgclone in pgclones}
    for number in range(rounds):
        for pgclone in pgclones if number % 2 == 0 else reversed(pgclones):
            found[pgclone].append(measure(pgclone))
    return {pgclone: tuple(zip(*values, strict=True)) for pgclone, values in found.items()}


def measure_client(server, pgclones, rounds):
    """Empty databases, so that the server has as little to do as can be."""
    rows = []
    for workers in WORKERS:
        for mode, flags in (("dry run", ["--dry-run"]), ("real", [])):

            def measure(pgclone, workers=workers, flags=flags):
                return run_once(server, pgclone.program, workers, flags)

            for pgclone, (cpu, peak) in take_turns(pgclones, rounds, measure).items():
                rows.append(
                    {
                        "program": pgclone.title,
                        "workers": workers,
                        "mode": mode,
                        "cpu_ms": 1000 * statistics.median(cpu),
                        "peak_kib": statistics.median(peak),
                    }
                )
    return rows


def measure_many(server, template, pgclones, rounds):
    """Time per copy with auto, from few workers to many."""
    rows = []
    for copies in MANY:
        cell = Cell(server.kind, template, copies)

        def measure(pgclone, cell=cell):
            created, dropped = run_trial(server, cell, pgclone, DEFAULT, DEFAULT)
            return created.seconds, dropped.seconds

        for pgclone, (create, drop) in take_turns(pgclones, rounds, measure).items():
            rows.append(
                {
                    "program": pgclone.title,
                    "copies": copies,
                    "create_ms_per_copy": 1000 * statistics.median(create) / copies,
                    "drop_ms_per_copy": 1000 * statistics.median(drop) / copies,
                }
            )
    return rows
