"""A server that stands still, as `docker pause` or a network that swallows packets makes it."""
import os
import signal
import subprocess
from contextlib import contextmanager


class Frozen:
    """The postmaster and all its children, stopped."""

    def __init__(self, server):
        self.postmaster = server.process.pid
        self.pids = []
        self._stop(self.postmaster)  # first, so that it makes no more children
        for pid in self._children():
            self._stop(pid)

    def _stop(self, pid):
        try:
            os.kill(pid, signal.SIGSTOP)
            self.pids.append(pid)
        except ProcessLookupError:
            pass

    def _children(self):
        found = subprocess.run(
            ["pgrep", "-P", str(self.postmaster)], capture_output=True, text=True
        ).stdout
        return [int(pid) for pid in found.split()]

    def thaw(self):
        for pid in reversed(self.pids):
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        self.pids = []


@contextmanager
def frozen(server):
    """The server stands still until the end of the block, or thaw()."""
    each = Frozen(server)
    try:
        yield each
    finally:
        each.thaw()
