"""`pgclone run` in the background: with a command that goes on until the test has seen enough."""
import os
import signal
import tempfile
from pathlib import Path

from support.pgclone import Result
from support.waiting import wait_for


class Running:
    """Starts it, in a process group of its own, and waits until its command is at work.

    `with Running(pgclone, "-w", "2") as run:` ends what is left of it at the end of the block.
    """

    SLEEP = "exec sleep 120"

    def __init__(self, pgclone, *arguments, script=SLEEP, template="circ", **options):
        self.ready = Path(tempfile.mkdtemp(dir=pgclone.folder)) / "ready"
        self.output = tempfile.TemporaryFile()
        self.errors = tempfile.TemporaryFile()
        cloning = ["--template", template] if template else []
        self.process = pgclone.start(
            "run", *cloning, *arguments, "--", "sh", "-c", f'echo $$ >"{self.ready}"; {script}',
            stdout=self.output, stderr=self.errors, start_new_session=True, **options,
        )  # fmt: skip
        wait_for(self._is_ready, "the command of pgclone run begins")

    def _is_ready(self):
        assert self.process.poll() is None, f"pgclone run ended with {self.process.returncode}\n{self.stderr}"
        return self.ready.exists() and self.ready.read_text()

    @staticmethod
    def _text(file):
        file.seek(0)
        return file.read().decode()

    @property
    def stderr(self):
        return self._text(self.errors)

    @property
    def pid(self):
        return self.process.pid

    @property
    def command_pid(self):
        return int(self.ready.read_text())

    def wait(self, timeout=30):
        """Waits for its end and gives what it said, as a Result."""
        code = self.process.wait(timeout)
        return Result(self.process.pgclone_arguments, code, self._text(self.output), self.stderr)

    def stop(self, number=signal.SIGTERM):
        """As a user would: pgclone passes the signal on, and drops."""
        self.process.send_signal(number)
        return self.wait()

    def kill(self):
        """kill -9 of pgclone alone; its command lives on, as it would."""
        self.process.kill()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except Exception:
                self.process.kill()
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)
