"""Measures what fresh copies cost that tests ask for one by one. fresh.sh installs what this needs."""

import argparse
import contextlib
import fnmatch
import json
import pathlib
import shlex
import statistics
import sys
import tempfile
import time

import bench
import cells
import fresh_peers
import fresh_tables
import machine
import servers
import templates

TESTS = 400
SERVERS = ("pg15-nofsync", "pg15")
TEMPLATES = (cells.TEMPLATES[0], cells.Template("20tables", 20, 20, 10, (), 0.2))
PAUSES_MS = (0, 50, 200)
TRIED_TESTS = 100  # of each setting of a peer, to find its best


def parse_arguments():
    parser = argparse.ArgumentParser(prog="fresh.sh", description=__doc__)
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", help="write the measurements there as JSON, cell by cell")
    add("--cells", metavar="PATTERN,...", help="only these, e.g. 'pg15/18MB/*,pg15-nofsync/*/0'")
    add("--peers", metavar="NAME,...", help=f"only these: {', '.join(fresh_peers.NAMES)}")
    add("--rounds", type=int, default=1, help="how often each is measured (default: 1)")
    add("--tests", type=int, default=TESTS, help=f"how many in all (default: {TESTS})")
    add("--program", metavar="FILE", default=bench.PROGRAM, help="the pgclone to measure")
    add("--vs", metavar="FILE", help="another pgclone, as the peer vs")
    add("--table", metavar="FILE", nargs="+", help="only print the tables of these JSON files")
    return parser.parse_args()


def selected_cells(arguments):
    patterns = arguments.cells.split(",") if arguments.cells else ["*"]
    chosen = [
        (server, template, pause)
        for server in SERVERS
        for template in TEMPLATES
        for pause in PAUSES_MS
        if any(fnmatch.fnmatchcase(f"{server}/{template.name}/{pause}", p) for p in patterns)
    ]
    return chosen or sys.exit(f"fresh.sh: no cell is called {arguments.cells}")


def p99(values):
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def measure_once(server, template, peer, option, tests, pause):
    """One peer's tests, from the first one's beginning until all is gone."""
    server.settle()
    before = fresh_peers.server_cpu_s(server)
    try:
        found, ended = peer.run(server, template, option, tests, pause)
    finally:
        left = fresh_peers.clean(server, peer)
    if left:
        raise RuntimeError(f"{peer.name} left {', '.join(left)}")
    return {
        "wall_s": ended - found["began"],
        "tests_s": found.get("tests_s"),
        "take_median_ms": statistics.median(found["take"]),
        "take_p99_ms": p99(found["take"]),
        "give_median_ms": statistics.median(found["give"]),
        "give_p99_ms": p99(found["give"]),
        "connect_ms": statistics.median(found["connect"]),
        "server_cpu_s": fresh_peers.server_cpu_s(server) - before,
        "maker_cpu_s": found["maker_cpu_s"],
    }


def best_option(server, template, peer, tests):
    """The setting of a peer with which it is the fastest here, found before anything is measured."""
    options = peer.options(server)
    if len(options) == 1:
        return options[0]
    tried = min(tests, TRIED_TESTS)
    times = {}
    for option in options:
        times[option] = measure_once(server, template, peer, option, tried, 0)["wall_s"]
        bench.log(f"{peer.name} {option}: {tried} tests in {times[option]:.2f} s")
    return min(times, key=times.get)


def medians(rounds):
    return {
        key: None if rounds[0][key] is None else statistics.median(one[key] for one in rounds)
        for key in rounds[0]
    }


class Run:
    def __init__(self, arguments, peers):
        self.arguments = arguments
        self.peers = peers
        self.results = {
            "machine": machine.describe(arguments, machine.PSYCOPG2),
            "commands": [shlex.join(["tests/bench/fresh.sh", *sys.argv[1:]])],
            "servers": {},
            "left out": {},
            "cells": [],
        }

    def save(self):
        if self.arguments.output:
            text = json.dumps(self.results, indent=1, ensure_ascii=False)
            pathlib.Path(self.arguments.output).write_text(text + "\n")

    def measure(self, chosen):
        for name in dict.fromkeys(server for server, _, _ in chosen):
            bench.log(f"starting {name}")
            kind = cells.server_kind(name)
            with servers.running(kind) as server:
                self.results["servers"][name] = server.description
                options = {}
                for _, template, pause in (cell for cell in chosen if cell[0] == name):
                    if template.name not in server.built:
                        server.built[template.name] = templates.build(server, template)
                        options = {
                            peer: best_option(server, template, peer, self.arguments.tests)
                            for peer in self.peers
                        }
                    self.measure_cell(server, template, pause, options)
                    self.save()

    def measure_cell(self, server, template, pause, options):
        found = {peer: [] for peer in self.peers}
        started = time.monotonic()
        for number in range(self.arguments.rounds):
            for peer in self.peers if number % 2 == 0 else reversed(self.peers):
                one = measure_once(
                    server, template, peer, options[peer], self.arguments.tests, pause
                )
                found[peer].append(one)
                bench.log(f"{server.kind.name}/{template.name}/{pause}: {peer.name} {one}")
        self.results["cells"].append(
            {
                "server": server.kind.name,
                "template": template.name,
                "files": server.built[template.name]["files"],
                "size_bytes": server.built[template.name]["size_bytes"],
                "pause_ms": pause,
                "tests": self.arguments.tests,
                "peers": {
                    peer.name: {"title": peer.title, "how": options[peer], **medians(rounds)}
                    for peer, rounds in found.items()
                },
            }
        )
        bench.log(f"  {time.monotonic() - started:.0f} s")


def merge(files):
    """Several runs' results as one: cells of a later file replace those of an earlier one."""
    parts = [json.loads(pathlib.Path(file).read_text()) for file in files]
    merged = dict(parts[-1])
    merged["commands"] = [command for part in parts for command in part["commands"]]
    for key in ("servers", "left out"):
        merged[key] = {name: value for part in parts for name, value in part[key].items()}
    found = {(c["server"], c["template"], c["pause_ms"]): c for part in parts for c in part["cells"]}
    merged["cells"] = list(found.values())
    return merged


def main():
    arguments = parse_arguments()
    if arguments.table:
        print(fresh_tables.render(merge(arguments.table)))
        return
    bench.stop_on_signals()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        wanted = arguments.peers.split(",") if arguments.peers else fresh_peers.NAMES
        peers, left_out = fresh_peers.build(arguments, wanted, folder)
        run = Run(arguments, peers)
        run.results["left out"] = left_out
        run.measure(selected_cells(arguments))
    print(fresh_tables.render(run.results))


if __name__ == "__main__":
    main()
