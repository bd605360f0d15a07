"""Measures how soon the command of `pgclone run --overlap` begins, beside what making its databases
takes. overlap.sh installs what this needs."""

import argparse
import shlex
import statistics
import sys
import time

import bench
import cells
import machine
import memory
import servers
import templates
from tables import row
from trial import Step, run_process

WORKERS = "4"
# The worker whose database is asked for is the last one; each line is seconds since 1970.
COMMAND = 'date +%s.%N && "$1" url --worker gw3 >/dev/null && date +%s.%N'


def parse_arguments():
    parser = argparse.ArgumentParser(prog="overlap.sh", description=__doc__)
    add = parser.add_argument
    add("--server", default="pg15", choices=[kind.name for kind in cells.SERVERS])
    add("--template", default="1.2GB", choices=[template.name for template in cells.TEMPLATES])
    add("--rounds", type=int, default=5, help="how often (default: 5)")
    add("--program", metavar="FILE", default=bench.PROGRAM, help="the pgclone to measure")
    parser.set_defaults(vs=None)
    return parser.parse_args()


def pgclone(server, program, *words):
    settings = ["--project", "bench"]
    return run_process(Step([program, words[0], "-q", *settings, *words[1:]]), server.env)


def measure_once(server, program, template):
    """Seconds: making all, alone; until the command begins; until the last database is there."""
    what = ["--template", template, "-w", WORKERS]
    server.settle()
    making = pgclone(server, program, "create", *what).seconds
    pgclone(server, program, "drop", "--all")
    server.settle()
    started = time.time()
    command = ["sh", "-c", COMMAND, "sh", program]
    outcome = pgclone(server, program, "run", "--overlap", *what, "--", *command)
    begun, ready = (float(line) - started for line in outcome.output.split())
    bench.log(f"made in {making:.3f} s, begun after {begun:.3f} s, ready after {ready:.3f} s")
    return making, begun, ready


def main():
    arguments = parse_arguments()
    bench.stop_on_signals()
    kind = cells.server_kind(arguments.server)
    template = next(one for one in cells.TEMPLATES if one.name == arguments.template)
    with servers.running(kind) as server:
        memory.keep_resident()
        facts = templates.build(server, template)
        measured = [
            measure_once(server, arguments.program, template.database)
            for _ in range(arguments.rounds)
        ]
        description = server.description
    making, begun, ready = (statistics.median(column) for column in zip(*measured))
    for name, value in machine.describe(arguments, machine.PSYCOPG2).items():
        print(f"- {name}: {value}")
    print(f"- {kind.name}: {description}")
    print(f"- command: `{shlex.join(['tests/bench/overlap.sh', *sys.argv[1:]])}`\n")
    print(row(["", "median", "to making them"]))
    print(row(["---", "--:", "--:"]))
    copies = f"{WORKERS} × {facts['size_bytes'] / 1e6:,.0f} MB"
    print(row([f"making {copies}", f"{making * 1000:,.0f} ms", ""]))
    for title, value in (("the command begins after", begun), ("`url` is answered after", ready)):
        print(row([title, f"{value * 1000:,.0f} ms", f"{value / making:.2f}"]))


if __name__ == "__main__":
    main()
