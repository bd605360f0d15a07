"""Looks at pg_database all the time while pgclone works."""
import threading
import time

QUERY = """
SELECT d.datname, coalesce(s.description, '') LIKE 'pgclone:{%%}'
FROM pg_database d
LEFT JOIN pg_shdescription s ON s.objoid = d.oid AND s.classoid = 'pg_database'::regclass
WHERE d.datname = ANY (%s)
"""


class Watcher:
    """While the block runs, whatever bears one of `names` carries the mark, at every look."""

    def __init__(self, server, names):
        self.server, self.names = server, list(names)
        self.looks, self.seen, self.unmarked = 0, set(), set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        with self.server.session() as connection, connection.cursor() as cursor:
            cursor.execute("SET log_statement = 'none'")
            last = False
            while not last:
                last = self._stop.is_set()  # one more look once the block has ended
                cursor.execute(QUERY, (self.names,))
                for name, marked in cursor.fetchall():
                    self.seen.add(name)
                    if not marked:
                        self.unmarked.add(name)
                self.looks += 1
                time.sleep(0.001)

    def __enter__(self):
        self._thread.start()
        while self.looks == 0 and self._thread.is_alive():
            time.sleep(0.001)
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        self._thread.join()
        if kind is None:
            assert self.looks > 10, "the watcher hardly looked"
            assert not self.unmarked, f"without a mark at some moment: {sorted(self.unmarked)}"
