"""Fixtures for pytest: `pgclone_url`, the worker's database, and `pgclone_fresh_url`, one for this test alone.

Both ask the run that pytest was started in (`pgclone run -- pytest -n 4`). Where there is none, the first
test that needs a database has the session's own pytest process start one, which all of pytest-xdist's
workers share and which ends with that process, however it ends. Nothing happens before a test asks.
"""
import importlib.metadata
import json
import multiprocessing.connection as ipc
import os
import socket
import subprocess
import sys
import tempfile
import threading

import pytest

SOCKET, MANIFEST, SESSION = "PGCLONE_SOCKET", "PGCLONE_MANIFEST", "PGCLONE_PYTEST_SESSION"


def program():
    """What this package brought, which need not be in PATH: `.venv/bin/pytest`."""
    files = importlib.metadata.files("pgclone") or ()
    return next((str(file.locate()) for file in files if file.parts[-2:] == ("bin", "pgclone")), "pgclone")


class Session:
    """In the process that the others belong to: starts the run for the first that asks for its socket."""

    def __init__(self, config):
        self.config, self.run, self.answer, self.errors = config, None, None, None
        self.listener = ipc.Listener(family="AF_UNIX")
        os.environ[SESSION] = self.listener.address
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            with self.listener.accept() as client:
                self.answer = self.answer or self.start()
                client.send(self.answer)

    def start(self):
        here, root = self.config.invocation_params.dir, self.config.rootpath
        workers = len(getattr(self.config.option, "tx", None) or ["this process"])
        command = [program(), "run", "--runner", "pytest-xdist", "--workers", str(workers)]
        # It lasts until its input ends. Ctrl-C is pytest's: in a session of its own the run does not see it.
        command += [*self.config.getini("pgclone"), "--", "sh", "-c", 'echo "$PGCLONE_SOCKET"; exec cat']
        self.errors = tempfile.TemporaryFile("w+")
        self.run = subprocess.Popen(
            command, cwd=here if (here / "pgclone.yaml").exists() else root, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
        )  # fmt: skip
        path = self.run.stdout.readline().strip()
        return path, None if path else self.said()

    def said(self):
        self.run.wait()
        self.errors.seek(0)
        return self.errors.read()

    def pytest_unconfigure(self):
        self.listener.close()
        os.environ.pop(SESSION, None)
        if self.run:
            self.run.terminate()
            sys.stderr.write(self.said() if self.answer[0] else "")


def pytest_addoption(parser):
    parser.addini("pgclone", "more options of `pgclone run`, where pytest itself starts it", "args", [])


def pytest_configure(config):
    if SOCKET not in os.environ and SESSION not in os.environ:
        config.pluginmanager.register(Session(config), "pgclone-session")


@pytest.fixture(scope="session")
def pgclone_ask():
    """Sends a request to the run, and gives the answer. What was taken goes with this process."""
    path, error = os.environ.get(SOCKET), None
    if not path:
        with ipc.Client(os.environ[SESSION]) as session:
            path, error = session.recv()
    if not path:
        pytest.fail(error, pytrace=False)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        lines = connection.makefile("rw", encoding="utf-8")

        def ask(request):
            print(request, file=lines, flush=True)
            answer = json.loads(lines.readline() or '{"error": "the run has ended"}')
            if "error" in answer:
                pytest.fail(f"pgclone: {answer['error']} {answer.get('hint') or ''}", pytrace=False)
            return answer

        yield ask


@pytest.fixture(scope="session")
def pgclone_url(request):
    """The URL of this worker's database."""
    if MANIFEST in os.environ and SOCKET not in os.environ:
        return subprocess.check_output([program(), "url"], text=True).strip()
    return request.getfixturevalue("pgclone_ask")(f"url {os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}")["url"]


@pytest.fixture
def pgclone_fresh_url(pgclone_ask):
    """The URL of a copy of the template that is this test's alone."""
    copy = pgclone_ask("take")
    yield copy["url"]
    pgclone_ask(f"drop {copy['name']}")
