"""Runs one client once: the clock, the checks, and cleaning up after one that failed."""

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

import servers
import templates


@dataclass(frozen=True)
class Step:
    """A client's whole work for one cell, as one process (which may start others)."""

    argv: list
    env: dict = field(default_factory=dict)
    stdin: str = ""
    own_clock: bool = False  # it prints its time in seconds, for what was running before is no cost
    times: int = 1  # what is measured is this part of the work
    user: str = ""


@dataclass(frozen=True)
class Outcome:
    seconds: float
    usage: object
    output: str


def run_process(step, env):
    """Starts the step's process, waits for it, and raises with its output if it failed."""
    with tempfile.TemporaryFile("w+") as stdin, tempfile.TemporaryFile("w+") as output:
        stdin.write(step.stdin)
        stdin.seek(0)
        identity = servers.ids_of(step.user) if step.user else {}
        started = time.perf_counter()
        process = subprocess.Popen(
            step.argv,
            env={**os.environ, **env, **step.env},
            cwd="/",
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **identity,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise RuntimeError(f"{step.argv[0]} ended with {process.returncode}: {text[-500:]}")
    return Outcome(seconds, usage, text)


def run_step(server, step):
    outcome = run_process(step, server.env)
    seconds = float(outcome.output.split()[-1]) if step.own_clock else outcome.seconds
    return Outcome(seconds * step.times, outcome.usage, outcome.output)


def run_trial(server, cell, peer, create, drop):
    """Creates and drops once with these variants of the peer; returns both outcomes.

    The server has a clean start, but not between the two: what a way of creating leaves for the next
    checkpoint is written when its databases are dropped, and is part of its price.
    """
    server.settle()
    try:
        created = run_step(server, peer.create(cell, create, server))
        if peer.makes_databases:
            templates.check_made(server, cell)
        dropped = run_step(server, peer.drop(cell, drop, server))
        if peer.makes_databases:
            templates.check_gone(server, cell)
    except RuntimeError:
        for name in templates.leftovers(server, cell):
            server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        raise
    return created, dropped
