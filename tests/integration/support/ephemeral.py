"""`run --ephemeral` as a test calls it: without libpq's variables, in a home of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys

import pytest


def environment(home):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "XDG_"))}
    return clean | {"XDG_CACHE_HOME": f"{home}/cache", "HOME": home}


def ephemeral(program, home, *arguments, command, user=None, by=(), **variables):
    """Runs it to its end; `by` is the start of a command line that begins it in a world of its own."""
    become = ["runuser", "-u", user, "--"] if user else []
    return subprocess.run(
        [*by, *become, program, "run", "--ephemeral", *arguments, "--", *command],
        env=environment(home) | variables, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120)  # fmt: skip


def readable_by_others(program, home):
    """The program, and its home, where an ordinary user can reach both; skips where none can be had."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; the other tests here ran as one already")
    os.chmod(home, 0o777)
    readable = shutil.copy(program, f"{home}/pgclone")
    os.chmod(readable, 0o755)
    return readable


TELLS_ITS_ENVIRONMENT = """
import json, os, sys
print(json.dumps(dict(os.environ)), flush=True)
sys.stdin.read()
"""


class Running:
    """A run whose command waits: its environment, and afterwards what it wrote to standard error."""

    def __init__(self, process):
        self.process = process
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"the run did not start: {process.communicate(timeout=60)[1]}")
        self.environment = json.loads(line)
        self.errors = None

    def end(self):
        """Has the command end, and with it the run."""
        if self.errors is None:
            self.errors = self.process.communicate(timeout=60)[1]
        assert self.process.returncode == 0, self.errors
        return self.errors


@contextlib.contextmanager
def running(program, home, *arguments, **variables):
    """Runs it for as long as the test is in the block."""
    process = subprocess.Popen(
        [program, "run", "--ephemeral", *arguments, "--", sys.executable, "-c", TELLS_ITS_ENVIRONMENT],
        env=environment(home) | variables, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)  # fmt: skip
    try:
        run = Running(process)
        yield run
        run.end()
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=60)


def postmasters_of(folder):
    found = subprocess.run(["pgrep", "-f", f"postgres.*{folder}"], capture_output=True, text=True)
    return found.stdout.split()
