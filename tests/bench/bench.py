"""Measures pgclone beside what people use in its place. run.sh installs what this needs."""

import argparse
import dataclasses
import itertools
import json
import pathlib
import shlex
import signal
import sys
import time

import busy
import cells
import client
import compare
import disks
import draw
import machine
import memory
import peers
import regret
import servers
import tables
import templates

PROGRAM = str(pathlib.Path(__file__).resolve().parents[2] / "build/release/pgclone")
PEERS = ("pgclone", "xargs", "loop", "psql", "django", "fixture", "server", "cp")
QUICK_PEERS = "pgclone,xargs,loop,cp"
VERSUS_PEERS = "pgclone,vs"
BUILT_PEERS = ("built", "sealed")  # templates that pgclone builds: measured when they are asked for


def parse_arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", help="write the measurements there as JSON, cell by cell")
    add("--cells", metavar="PATTERN,...", help="only these, e.g. 'pg15/*,*/18MB/16'")
    add("--peers", metavar="NAME,...", help=f"only these: {', '.join((*PEERS, *BUILT_PEERS))}")
    add("--rounds", type=int, help="how often each is measured (default: 5)")
    add("--quick", action="store_true", help="a first impression in under 3 minutes")
    add("--regret", action="store_true", help="auto against every pair of strategy and jobs")
    add("--client", action="store_true", help="CPU and memory of pgclone itself, and 256 workers")
    add("--set", metavar="NAME=VALUE", action="append", default=[], help="a setting of the servers")
    add("--program", metavar="FILE", default=PROGRAM, help="the pgclone to measure")
    add("--vs", metavar="FILE", help="another pgclone, as the peer vs; without --peers, no other")
    add("--busy", metavar="N", type=int, default=0, help="N busy processes beside what is measured")
    add("--table", metavar="FILE", nargs="+", help="only print the tables of these JSON files")
    add("--draw", metavar="DIR", help="only draw the charts of --table's files into DIR")
    arguments = parser.parse_args()
    if arguments.draw and not arguments.table:
        parser.error("--draw needs --table FILE")
    if arguments.vs and arguments.regret:
        parser.error("--regret measures one pgclone")
    arguments.rounds = arguments.rounds or (3 if arguments.quick else 5)
    return arguments


def log(message):
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)


def place_of(cell):
    return cell["server"], cell["template"], cell["copies"]


def merge(files):
    """Several runs' results as one: cells of a later file replace those of an earlier one."""
    parts = [json.loads(pathlib.Path(file).read_text()) for file in files]
    merged = dict(parts[-1])
    merged["servers"] = {k: v for part in parts for k, v in part["servers"].items()}
    merged["commands"] = [command for part in parts for command in part["commands"]]
    merged["client"] = next((p["client"] for p in reversed(parts) if p["client"]), None)
    merged["rounds"] = min(part["rounds"] for part in parts)
    for kind in ("cells", "regret"):
        found = [cell for part in parts for cell in part[kind]]
        merged[kind] = list({place_of(cell): cell for cell in found}.values())
    return merged


def expected_minutes(chosen, peer_count, arguments):
    """From what a serial copy costs; half of the peers are serial, and calibration takes turns."""
    turns = 8 + arguments.rounds if arguments.regret else 5 + arguments.rounds * peer_count / 2
    serial = (cell.copies * cell.template.seconds * cell.server.pace for cell in chosen)
    return sum(serial) * turns / 60


def selected_peers(arguments):
    everyone = peers.all_peers(arguments.program, arguments.vs)
    usual = VERSUS_PEERS if arguments.vs else QUICK_PEERS if arguments.quick else ",".join(PEERS)
    names = (arguments.peers or usual).split(",")
    unknown = set(names) - {peer.name for peer in everyone}
    if unknown:
        sys.exit(f"run.sh: unknown peer: {', '.join(sorted(unknown))}")
    return [peer for peer in everyone if peer.name in names]


def selected_cells(arguments):
    patterns = arguments.cells.split(",") if arguments.cells else []
    chosen = cells.select(patterns or (cells.QUICK if arguments.quick else []))
    chosen.sort(key=lambda cell: cells.SERVERS.index(cell.server))
    if not chosen:
        sys.exit(f"run.sh: no cell is called {arguments.cells}")
    return chosen


class Run:
    """One run and its results, which are written out after each cell."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.pgclone = peers.Pgclone(arguments.program)
        self.results = {
            "machine": machine.describe(arguments, machine.ALL),
            "commands": [shlex.join(["tests/bench/run.sh", *sys.argv[1:]])],
            "rounds": arguments.rounds,
            "servers": {},
            "cells": [],
            "regret": [],
            "client": None,
        }

    def save(self):
        if self.arguments.output:
            text = json.dumps(self.results, indent=1, ensure_ascii=False)
            pathlib.Path(self.arguments.output).write_text(text + "\n")

    def start(self, kind):
        log(f"starting {kind.name}")
        settings = (*kind.settings, *self.arguments.set)
        return servers.running(dataclasses.replace(kind, settings=settings))

    def build(self, server, template):
        if template.name not in server.built:
            log(f"{server.kind.name}: building {template.name}")
            facts = templates.build(server, template)
            server.built[template.name] = facts
            log(f"  {facts['size_bytes'] / 1e6:,.0f} MB, {facts['files']} files")

    def prepare(self, server, template, copies):
        self.build(server, template)
        if copies * server.built[template.name]["size_bytes"] > memory.MUCH_BYTES:
            memory.keep_resident()

    def measure(self, chosen, chosen_peers):
        for kind, group in itertools.groupby(chosen, key=lambda cell: cell.server):
            with self.start(kind) as server:
                self.results["servers"][kind.name] = server.description
                for cell in group:
                    self.prepare(server, cell.template, cell.copies)
                    self.measure_cell(server, cell, chosen_peers)
                    self.save()

    def measure_cell(self, server, cell, chosen_peers):
        started = time.monotonic()
        rounds = self.arguments.rounds
        with busy.running(self.arguments.busy):
            if self.arguments.regret:
                found = regret.measure_regret(server, cell, self.pgclone, rounds)
                self.results["regret"].append(found)
            else:
                found = compare.measure_cell(server, cell, chosen_peers, rounds, log)
                self.results["cells"].append(found)
        log(f"{cell}: {time.monotonic() - started:.0f} s")

    def measure_client(self):
        kind = cells.server_kind("pg15-nofsync")
        smallest = cells.TEMPLATES[0]
        rounds = self.arguments.rounds
        programs = peers.programs(self.arguments.program, self.arguments.vs)
        with self.start(kind) as server:
            self.results["servers"][kind.name] = server.description
            self.prepare(server, smallest, max(client.MANY))
            with busy.running(self.arguments.busy):
                cost = client.measure_client(server, programs, rounds)
                many = client.measure_many(server, smallest, programs, rounds)
        self.results["client"] = {"cost": cost, "many": many}
        self.save()


def stop(number, _frame):
    """Leaves through every `finally`, once."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    sys.exit(128 + number)


def stop_on_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def main():
    arguments = parse_arguments()
    if arguments.table:
        merged = merge(arguments.table)
        if arguments.draw:
            draw.draw(merged, arguments.draw)
        else:
            print(tables.render(merged))
        return 0
    stop_on_signals()
    run = Run(arguments)
    if arguments.client:
        run.measure_client()
    else:
        chosen, chosen_peers = selected_cells(arguments), selected_peers(arguments)
        if not disks.can_mount():
            chosen = [cell for cell in chosen if cell.server.place != "xfs"]
            log("not root: cells on XFS are left out")
        minutes = expected_minutes(chosen, len(chosen_peers), arguments)
        log(f"{len(chosen)} cells, about {minutes:.0f} minutes")
        run.measure(chosen, chosen_peers)
    print(tables.render(run.results))
    failed = [p for cell in run.results["cells"] for p in cell["peers"].values() if "failed" in p]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
