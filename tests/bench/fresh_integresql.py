"""IntegreSQL: a daemon that keeps a pool of databases and hands them out over HTTP."""

import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import time

from fresh_ways import Way

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "github.com/allaboutapps/integresql/cmd/server"
PREFIX = "integresql_"
HASH = "bench"
TEMPLATES = "/api/v1/templates"
TESTS = f"{TEMPLATES}/{HASH}/tests"
# Those that it keeps ready, all of them, what it makes at once. Each test has its database recreated:
# if it is left to the daemon when, all wait for each other now and then. And so many have to be more
# than ready that none is in use when the daemon takes the oldest for one that nobody wants any more.
SETTINGS = {
    f"{ready} of {most} ready": (ready, most, tasks)
    for ready, most, tasks in ((4, 8, 4), (8, 16, 4), (16, 32, 8))
}
SECONDS_TO_START = 30


def build(folder):
    program = str(folder / "integresql")
    subprocess.run(
        ["go", "build", "-o", program, PACKAGE],
        cwd=HERE / "integresql",
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return program


class Caller:
    """One connection that is kept, as every client of an HTTP service has one."""

    def __init__(self, port):
        self.channel = http.client.HTTPConnection("127.0.0.1", port)

    def call(self, method, path, body=None):
        sent = json.dumps(body) if body else None
        self.channel.request(method, path, sent, {"Content-Type": "application/json"})
        answer = self.channel.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text) if text else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(process, port):
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("IntegreSQL did not start")
        time.sleep(0.02)


@contextlib.contextmanager
def running(program, server_env, template, setting):
    """The daemon with a template that is made from ours; gives its port and its process id."""
    ready, most, tasks = SETTINGS[setting]
    port = free_port()
    env = {
        **os.environ,
        **server_env,
        "PGPASSWORD": "unused",
        "INTEGRESQL_ADDRESS": "127.0.0.1",
        "INTEGRESQL_PORT": str(port),
        "INTEGRESQL_ROOT_TEMPLATE": template,
        "INTEGRESQL_TEST_INITIAL_POOL_SIZE": str(ready),
        "INTEGRESQL_TEST_MAX_POOL_SIZE": str(most),
        "INTEGRESQL_POOL_MAX_PARALLEL_TASKS": str(tasks),
        "INTEGRESQL_LOGGER_LEVEL": "error",
        "INTEGRESQL_ECHO_ENABLE_LOGGER_MIDDLEWARE": "false",
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([program], env=env, stdin=subprocess.DEVNULL, **quiet)
    try:
        wait_until_up(process, port)
        caller = Caller(port)
        caller.call("POST", TEMPLATES, {"hash": HASH})
        caller.call("PUT", f"{TEMPLATES}/{HASH}")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


class Integresql(Way):
    def __init__(self, template, port):
        super().__init__(template)
        self.port = int(port)
        self.ids = {}

    def open(self, number):
        self.caller = Caller(self.port)

    def take(self):
        answer = self.caller.call("GET", TESTS)
        name = answer["database"]["config"]["database"]
        self.ids[name] = answer["id"]
        return name

    def give(self, name):
        self.caller.call("POST", f"{TESTS}/{self.ids.pop(name)}/recreate")
