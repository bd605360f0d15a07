"""Clients of a run that hands out fresh copies, over its socket or over the pipes of `serve`."""
import json
import os
import signal
import socket
import subprocess

import psycopg2
from support.running import Running
from support.waiting import wait_for


def books(url):
    """How many of the template's five rows a database has."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM book")
        return cursor.fetchone()[0]


def spoil(url):
    """What a test does to its database."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM book")


class Client:
    """A connection to the run's socket. What it takes goes when it is closed."""

    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)  # waits where as many wait as can
        self.socket.settimeout(timeout)
        self.lines = self.socket.makefile("rb")

    def send(self, *requests):
        for request in requests:
            self.send_bytes(request.encode() + b"\n")

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive(self):
        line = self.lines.readline()
        assert line.endswith(b"\n"), f"the answer was cut off: {line!r}"
        return json.loads(line)

    def ask(self, request):
        self.send(request)
        return self.receive()

    def ok(self, request):
        answer = self.ask(request)
        assert "error" not in answer, f"{request}: {answer}"
        return answer

    def refused(self, request, code, *says):
        """An error with that code, a message that holds these texts, and a hint."""
        answer = self.ask(request)
        assert answer.get("exit") == code, f"{request}: {answer}"
        assert answer["hint"], answer
        for text in says:
            assert text in answer["error"], answer
        return answer

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class HandoutRun(Running):
    """A run whose socket a test uses from outside, as its command would from inside."""

    def __init__(self, pgclone, *arguments, script=Running.SLEEP, **options):
        tell = 'printf "%s\\n" "$PGCLONE_SOCKET" "$PGCLONE_RUN_ID"'
        super().__init__(pgclone, *arguments, script=f"{tell}; {script}", **options)
        wait_for(lambda: self._text(self.output).count("\n") >= 2, "the command tells of its socket")
        self.socket, self.run_id = self._text(self.output).split("\n")[:2]

    def client(self, **options):
        return Client(self.socket, **options)


class Serve:
    """`pgclone serve` as a co-process."""

    def __init__(self, pgclone, *arguments, template="circ", **options):
        self.pgclone = pgclone
        self.process = pgclone.start(
            "serve", "--template", template, *arguments, stdin=subprocess.PIPE, **options
        )

    def send(self, *requests):
        self.process.stdin.write("".join(request + "\n" for request in requests).encode())
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        assert line.endswith(b"\n"), f"the answer was cut off: {line!r}"
        return json.loads(line)

    def ask(self, request):
        self.send(request)
        return self.receive()

    ok = Client.ok
    refused = Client.refused

    def end(self):
        """Its standard input ends; what it says until it has ended, as a Result."""
        return self.pgclone.finish(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)


def resources(pid):
    """What a process has: its open descriptors, and its memory in KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        memory = next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
    return len(os.listdir(f"/proc/{pid}/fd")), memory
