"""pgclone on a terminal, whose screen a test reads as a person would see it."""
import fcntl
import os
import pty
import select
import struct
import termios
import time

import pyte

ROWS = 24


class Screen:
    """Starts pgclone with its arguments on a terminal that is `columns` wide."""

    def __init__(self, pgclone, *arguments, columns=80, env=None, **options):
        self.leader, follower = pty.openpty()
        self.screen = pyte.Screen(columns, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self._tell_size(columns)
        self.process = pgclone.start(
            *arguments, stdout=follower, stderr=follower, env={"TERM": "xterm", **(env or {})}, **options
        )
        os.close(follower)
        self.shown = b""

    def _tell_size(self, columns):
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))

    def resize(self, columns):
        self._tell_size(columns)
        self.screen.resize(ROWS, columns)

    @property
    def lines(self):
        """The lines of the screen that have something on them."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def _read(self, seconds):
        """False when pgclone and all its programs have left the terminal."""
        if not select.select([self.leader], [], [], seconds)[0]:
            return True
        try:
            read = os.read(self.leader, 65536)
        except OSError:
            read = b""
        self.shown += read
        self.stream.feed(read)
        return bool(read)

    def until(self, holds, seconds=30):
        """Reads until holds(lines), and gives these lines."""
        end = time.monotonic() + seconds
        while not holds(self.lines):
            assert time.monotonic() < end and self._read(0.05), f"never came:\n{self}"
        return self.lines

    def finish(self, seconds=60):
        """Reads until it has ended; gives its exit code."""
        end = time.monotonic() + seconds
        while self._read(0.05):
            assert time.monotonic() < end, f"does not end:\n{self}"
        os.close(self.leader)
        return self.process.wait(10)

    def __str__(self):
        return "\n".join(self.lines)
