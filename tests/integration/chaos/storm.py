"""The ways in which a round is disturbed."""
import random
import signal
import threading
import time

import psycopg2

SIGNALS = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "int": signal.SIGINT}
KINDS = ["kill", "term", "int", "backend", "backends", "storm", "server", "nothing"]
WEIGHTS = [40, 13, 12, 11, 8, 6, 5, 5]

TERMINATE = """
SELECT pg_terminate_backend(pid) FROM (
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'pgclone' AND pid <> ALL (%s)
    ORDER BY random() LIMIT %s
) AS ours
"""


def draw(rng):
    return rng.choices(KINDS, WEIGHTS)[0]


def backends(server):
    """The process ids of pgclone's sessions on the server."""
    rows = server.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgclone'")
    return [row[0] for row in rows]


def wait_until_noticed(server, spared):
    """Until the server has seen that an idle session's client is dead, which takes it a moment.

    Sessions that are still at work for a dead client are not waited for: they are pgclone's part.
    """
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not server.query(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pgclone' AND pid <> ALL (%s)"
            " AND state = 'idle'", (spared,),
        ):  # fmt: skip
            return
        time.sleep(0.002)


class Disturbance:
    """Strikes `delay` seconds after start() in a thread of its own; join() waits for its end.

    A server is crashed in the caller's thread: it would die with the thread that started it.
    """

    def __init__(self, kind, delay, server, process, spared, length):
        self.kind, self.delay, self.server, self.process = kind, delay, server, process
        self.spared, self.length = spared, length
        self._thread = threading.Thread(target=self._strike)

    def start(self):
        if self.kind == "server":
            self._strike()
        else:
            self._thread.start()

    def join(self):
        if self.kind != "server":
            self._thread.join()

    def _strike(self):
        if self.kind in ("backend", "backends", "storm"):
            self._strike_backends()
            return
        time.sleep(self.delay)
        if self.kind in SIGNALS:
            if self.process.poll() is None:
                self.process.send_signal(SIGNALS[self.kind])
        elif self.kind == "server":
            crash(self.server, random.uniform(0, 0.1))

    def _strike_backends(self):
        with self.server.session() as session, session.cursor() as cursor:
            time.sleep(self.delay)
            until = time.monotonic() + (self.length if self.kind == "storm" else 0)
            while True:
                cursor.execute(TERMINATE, (self.spared, 1 if self.kind == "backend" else 1000))
                if time.monotonic() >= until:
                    return
                time.sleep(0.005)


def crash(server, pause=0.0):
    """An immediate stop, as by a crash, and a start."""
    server.process.send_signal(signal.SIGQUIT)
    server.process.wait(20)
    time.sleep(pause)
    for _ in range(3):
        try:
            server.start()
            return
        except (RuntimeError, psycopg2.Error):
            time.sleep(0.2)
    server.start()
