"""Processes that do nothing but take CPU time, as in CI, where a job seldom has its machine alone."""

import contextlib
import subprocess

# They die with the benchmark, even when it is killed.
BURNER = ("setpriv", "--pdeathsig", "KILL", "--", "sh", "-c", "while :; do :; done")


@contextlib.contextmanager
def running(count):
    with contextlib.ExitStack() as burners:
        for _ in range(count):
            process = burners.enter_context(subprocess.Popen(BURNER, stdin=subprocess.DEVNULL))
            burners.callback(process.kill)  # before it is waited for
        yield
