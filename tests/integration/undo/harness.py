#!/usr/bin/python3
"""Runs random workloads on a database, resets it after each, and compares it with a fresh copy.

    harness.py --seeds 0:10000 [--server-bindir DIR | --majors 15,18] [--jobs N] [--mode undo|swap|statements]

A seed that goes wrong is printed with its statements and with what differs. `--mode statements` calls the
functions of src/postgres/undo_schema.sql without the program; `--show` prints a seed's statements only.
"""
import argparse
import multiprocessing
import signal
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.pgclone import Pgclone
from undo.compare import Comparison
from undo.drivers import SCHEMA, Program, ResetFailed, Statements
from undo.dump import dump, dump_differences
from undo.model import Model
from undo.player import Player, Tally
from undo.schema import TEMPLATE, install
from undo.workload import Generator

SETTINGS = {
    "max_prepared_transactions": "20", "log_statement": "none", "log_connections": "off", "autovacuum": "off",
    "max_connections": "60",
}  # fmt: skip
FRESH = "undo_fresh"  # a plain copy of the template
DUMPED_EVERY = 50


class Wrong(AssertionError):
    """After a reset the database was not what a fresh copy is."""


class Harness:
    """One database that is reset again and again."""

    def __init__(self, server, open_driver, dumped_every=DUMPED_EVERY):
        self.server, self.open_driver, self.dumped_every = server, open_driver, dumped_every
        self.generator = Generator(Model.of(server, FRESH))
        self.dump = dump(server, FRESH)
        self.tally = Tally()
        self.driver = open_driver()
        self.comparison = Comparison(server.connect, self.driver.database)
        self.comparison.expect(self.driver.database)
        self._check_dump("the first copy")
        self.times = {"workload": 0.0, "reset": 0.0, "comparison": 0.0}

    def _timed(self, what, started):
        now = time.monotonic()
        self.times[what] += now - started
        return now

    def one(self, seed):
        """Raises Wrong, with all there is to say about it."""
        workload = self.generator.workload(seed)
        player = Player(self.server.connect, self.driver.database, self.tally)
        try:
            now = time.monotonic()
            player.play(workload)
            now = self._timed("workload", now)
            answer, reason = self._reset(workload)
            now = self._timed("reset", now)
            self._count(workload, answer, reason)
            found = self.comparison.differences(self.driver.database)
            self._timed("comparison", now)
        finally:
            player.close()
        if found:
            rows = self.comparison.rows_that_differ(self.driver.database, FRESH)
            raise Wrong(self._report(workload, answer, [*found, *rows]))
        if self.dumped_every and seed % self.dumped_every == 0:
            self._check_dump(f"{workload}\nreset by {answer}")

    def _reset(self, workload):
        try:
            return self.driver.reset()
        except ResetFailed as problem:
            raise Wrong(f"{workload}\nthe reset failed: {problem}") from problem

    def _count(self, workload, answer, reason):
        group = "anything" if workload.hard else "undoable"
        self.tally.answers[f"{group}, by {answer}"] += 1
        if reason and not workload.hard:
            self.tally.because[f"{reason} (seed {workload.seed})" if "error" in reason else reason] += 1

    def _check_dump(self, when):
        found = dump_differences(self.dump, dump(self.server, self.driver.database))
        if found:
            raise Wrong("\n".join([when, "pg_dump says other things:", *found]))

    @staticmethod
    def _report(workload, answer, differences):
        return "\n".join([str(workload), f"reset by {answer}, and then:", *differences])

    def renew(self):
        """After a wrong reset: another database."""
        self.driver.close()
        self.driver = self.open_driver()

    def run(self, seeds, say=print, most=5):
        """The reports of what went wrong; `most` of them at most."""
        wrong = []
        for seed in seeds:
            try:
                self.one(seed)
            except Wrong as problem:
                wrong.append(str(problem))
                say(f"WRONG: {problem}\n", flush=True)
                if len(wrong) >= most:
                    break
                self.renew()
        return wrong

    def summary(self, count):
        parts = [f"{what} {seconds / max(1, count) * 1000:.0f} ms" for what, seconds in self.times.items()]
        return f"{count} workloads, each: {', '.join(parts)}"

    def close(self):
        self.driver.close()


def prepare(server):
    install(server)
    server.run("CREATE DATABASE {} TEMPLATE {}", FRESH, TEMPLATE)


def opener(server, options, number):
    """Opens the driver of one job, again after a failure."""
    opened = 0

    def opening():
        nonlocal opened
        opened += 1
        if options.mode == "statements":
            return Statements(server, TEMPLATE, f"undo_direct_{number}_{opened}", schema=options.schema)
        folder = tempfile.mkdtemp(prefix="pgclone-undo-")
        pgclone = Pgclone(str(options.pgclone), folder, server.url(TEMPLATE, user="postgres"))
        return Program(server, pgclone, TEMPLATE, f"j{number}x{opened}", options.mode)

    return opening


def job(server, options, number, seeds, results):
    harness = Harness(server, opener(server, options, number))
    try:
        wrong = harness.run(seeds)
        results.put((len(wrong), harness.tally, harness.summary(len(seeds))))
    finally:
        harness.close()


def run_on(server, options):
    prepare(server)
    first, last = map(int, options.seeds.split(":"))
    results = multiprocessing.SimpleQueue()
    jobs = [
        multiprocessing.Process(target=job, args=(server, options, n, range(first + n, last, options.jobs), results))
        for n in range(options.jobs)
    ]
    for each in jobs:
        each.start()
    for each in jobs:
        each.join()
    total, wrong = Tally(), sum(each.exitcode != 0 for each in jobs)
    while not results.empty():
        count, tally, summary = results.get()
        wrong += count
        total.add(tally)
        print(summary)
    print(total)
    print(f"never successful: {total.never()}\nwrong: {wrong}", flush=True)
    return wrong


def main():
    from conftest import PROJECT, Servers

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0:300", help="FROM:TO")
    parser.add_argument("--majors", default="15")
    parser.add_argument("--server-bindir", help="in place of --majors")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--mode", default="undo", choices=["undo", "swap", "statements"])
    parser.add_argument("--pgclone", default=str(PROJECT / "build" / "release" / "pgclone"))
    parser.add_argument("--schema", default=str(SCHEMA), help="for --mode statements, another file")
    parser.add_argument("--show", action="store_true", help="print the statements and run nothing")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the server")
    options = parser.parse_args()
    settings = {**SETTINGS, **dict(word.split("=", 1) for word in options.set)}
    # Ended by SIGTERM, it stops its servers and removes their folders, as for Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wrong = 0
    for major in options.majors.split(","):
        servers = Servers(major)
        try:
            if options.server_bindir:
                servers.bindir = options.server_bindir
            server = servers.start(settings)
            server.major = server.connect().server_version // 10000
            print(f"PostgreSQL {server.major}, seeds {options.seeds}", flush=True)
            if options.show:
                prepare(server)
                generator = Generator(Model.of(server, FRESH))
                for seed in range(*map(int, options.seeds.split(":"))):
                    print(generator.workload(seed))
            else:
                wrong += run_on(server, options)
        finally:
            servers.remove()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
