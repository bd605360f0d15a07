"""Looks at every database all the while: what bears a worker's name is marked, and complete."""
import json
import random
import re
import threading
import time

import psycopg2

WORKER_NAME = re.compile(r"^(circ|large)_(?:[a-z]+[0-9]+_|[0-9a-f]{8}_)?gw\d+$")
COUNTS = {"circ": ("book", 5), "large": ("filler", 20000)}
FIELDS = {"v", "project", "run", "worker", "template", "lease", "created", "host", "pid"}

LOOK = """
SELECT d.datname, coalesce(s.description, ''), d.datconnlimit = -2
FROM pg_database d
LEFT JOIN pg_shdescription s ON s.objoid = d.oid AND s.classoid = 'pg_database'::regclass
"""


def is_mark(comment):
    """A worker's: a copy that is not in use as a worker's database yet says so."""
    try:
        return comment.startswith("pgclone:") and FIELDS == set(json.loads(comment[8:]))
    except ValueError:
        return False


class Witness:
    """`complaints` fills up while the thread runs. It outlives restarts of the server."""

    def __init__(self, server, bystanders, seed):
        self.server, self.bystanders = server, set(bystanders)
        self.random = random.Random(seed)
        self.looks = self.counts = 0
        self.seen, self.complaints = set(), []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self._stop.is_set():
            try:
                with self.server.session() as connection, connection.cursor() as cursor:
                    while not self._stop.is_set():
                        self._look(cursor)
                        time.sleep(0.002)
            except psycopg2.Error:
                time.sleep(0.01)

    def _look(self, cursor):
        cursor.execute(LOOK)
        self.looks += 1
        whole = []
        for name, comment, invalid in cursor.fetchall():
            found = WORKER_NAME.match(name)
            if not found or name in self.bystanders:
                continue
            self.seen.add(name)
            if not is_mark(comment):
                self.complaints.append(f'"{name}" has no mark: {comment!r}')
            if not invalid:  # nobody can connect to one whose DROP is under way
                whole.append((name, found.group(1)))
        if whole and self.random.random() < 0.05:
            self._count(*self.random.choice(whole))

    def _count(self, name, template):
        table, expected = COUNTS[template]
        try:
            found = self.server.value(f"SELECT count(*) FROM {table}", database=name, user="tester")
        except psycopg2.errors.UndefinedTable:
            found = "no table"
        except psycopg2.Error:
            return  # it was dropped meanwhile
        self.counts += 1
        if found != expected:
            self.complaints.append(f'"{name}" is incomplete: {found} in place of {expected} rows')

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(10)
