"""Measures resets by undo beside a new connection, and what the notes cost a statement. undo.sh
installs what this needs."""

import argparse
import json
import pathlib
import shlex
import statistics
import sys

import bench
import cells
import fresh_peers
import machine
import memory
import servers
import templates
from tables import row
from trial import Step, run_process
from undo_client import FIRST, REPEATED, STATEMENTS

CLIENT = [sys.executable, str(pathlib.Path(__file__).resolve().with_name("undo_client.py"))]
SERVERS = ("pg15", "pg15-nofsync")
MEASURED = ("resets", "statements")
RESET_COLUMNS = (
    "template",
    "rows changed",
    "in tables",
    "reset, median",
    "p95",
    "a new connection",
    "to a connection",
    "row triggers, jsonb",
    "p95",
)
STATEMENT_COLUMNS = (
    "statement",
    "rows",
    "without notes",
    "with pgclone's",
    "",
    "row triggers, jsonb",
    "",
)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="undo.sh", description=__doc__)
    add = parser.add_argument
    names = ",".join(template.name for template in cells.TEMPLATES)
    add("--servers", metavar="NAME,...", default=",".join(SERVERS), help="default: %(default)s")
    add("--templates", metavar="NAME,...", default=names, help="default: %(default)s")
    add("--only", choices=MEASURED, help="one of the two")
    add("--rounds", type=int, default=100, help="resets for each number of rows (default: 100)")
    add("--sessions", type=int, default=9, help="sessions with statements (default: 9)")
    add("--program", metavar="FILE", default=bench.PROGRAM, help="the pgclone to measure")
    parser.set_defaults(vs=None)
    return parser.parse_args()


def p95(values):
    return statistics.quantiles(values, n=20, method="inclusive")[18]


def ms(value):
    return f"{value:,.2f} ms"


def heading(columns, words):
    return [row(columns), row(["---"] * words + ["--:"] * (len(columns) - words))]


class Keeper(fresh_peers.Undo):
    """What the client leaves: all of it is its own."""

    def __init__(self):
        super().__init__("", "undo", "", "")

    def keeps(self, name, is_template):
        return is_template or name.startswith("fresh_")


def run_client(server, program, template, *words):
    """Runs the client in a run with one worker, and returns what it told."""
    server.settle()
    run = [program, "run", "-q", "--project", "bench", "--template", template.database]
    argv = [*run, *fresh_peers.Undo.flags, "-w", "1", "--", *CLIENT]
    argv += [words[0], template.database, *map(str, words[1:])]
    try:
        outcome = run_process(Step(argv), server.env)
    finally:
        left = fresh_peers.clean(server, Keeper())
    if left:
        raise RuntimeError(f"there is still {', '.join(left)}")
    return json.loads(outcome.output.splitlines()[-1])


def reset_rows(server, program, template, rounds):
    found = run_client(server, program, template, "resets", template.filled, rounds)
    for one in found:
        reset, connection = statistics.median(one["reset"]), statistics.median(one["connect"])
        others = {key: count for key, count in one["from"].items() if key != "undo"}
        for key, count in others.items():
            bench.log(f"{template.name}, {one['rows']} rows: {count} of {rounds} resets by {key}")
        yield row(
            [
                template.name,
                str(one["rows"]) + (f" ({sum(others.values())} not undone)" if others else ""),
                str(one["tables"]),
                ms(reset),
                ms(p95(one["reset"])),
                ms(connection),
                f"{reset / connection:.2f}×",
                ms(statistics.median(one["notes"])),
                ms(p95(one["notes"])),
            ]
        )


def measure_resets(server, arguments, chosen):
    lines = heading(RESET_COLUMNS, 1)
    for template in chosen:
        bench.log(f"{server.kind.name}: resets, {template.name}")
        lines += reset_rows(server, arguments.program, template, arguments.rounds)
    return lines


def measure_statements(server, arguments, template):
    bench.log(f"{server.kind.name}: statements, {template.name}")
    found = run_client(server, arguments.program, template, "statements", arguments.sessions)
    lines = heading(STATEMENT_COLUMNS, 2)
    for kind in STATEMENTS:
        for size in (FIRST, *REPEATED):
            plain, undo, notes = (
                statistics.median(found[key][f"{kind} {size}"])
                for key in ("plain", "undo", "notes")
            )
            title = f"1, {FIRST}" if size == FIRST else f"{size:,}"
            ratios = [f"{value / plain:.2f}×" for value in (undo, notes)]
            lines.append(row([kind, title, ms(plain), ms(undo), ratios[0], ms(notes), ratios[1]]))
    return lines


def main():
    arguments = parse_arguments()
    bench.stop_on_signals()
    names = arguments.templates.split(",")
    chosen = [template for template in cells.TEMPLATES if template.name in names]
    for name, value in machine.describe(arguments, machine.PSYCOPG2).items():
        print(f"- {name}: {value}")
    print(f"- command: `{shlex.join(['tests/bench/undo.sh', *sys.argv[1:]])}`", flush=True)
    for name in arguments.servers.split(","):
        with servers.running(cells.server_kind(name)) as server:
            memory.keep_resident()
            print(f"\n#### {name}: {server.description}", flush=True)
            for template in dict.fromkeys((*chosen, cells.TEMPLATES[0])):
                server.built[template.name] = templates.build(server, template)
            if arguments.only != "statements":
                print("", *measure_resets(server, arguments, chosen), sep="\n", flush=True)
            if arguments.only != "resets":
                lines = measure_statements(server, arguments, cells.TEMPLATES[0])
                print("", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
