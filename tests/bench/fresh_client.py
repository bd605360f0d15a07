"""Tests that each want a pristine database, in processes of their own that run side by side.

fresh_client.py WAY TEMPLATE ROWS TESTS PAUSE_MS [OPTION]...

Each test takes a database, connects, inserts, counts, rests for the pause, closes and gives the
database back; it fails where the database was not pristine. Only how a database is had differs
(fresh_ways.py). Prints one line of JSON: when the tests began (seconds since 1970), how long
they took, and what was measured of every test in milliseconds.
"""

import contextlib
import json
import os
import pathlib
import sys
import tempfile
import time

import psycopg2

import fresh_integresql
import fresh_notes
import fresh_ways

CLIENTS = 4
CONNECT_EVERY = 10  # so many tests; what a connection costs is measured beside them
WAYS = {
    **fresh_ways.WAYS,
    "notes": fresh_notes.Notes,
    "integresql": fresh_integresql.Integresql,
}


@contextlib.contextmanager
def connected(database):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def milliseconds_since(start):
    return 1000 * (time.perf_counter() - start)


def time_connection():
    start = time.perf_counter()
    with connected("postgres"):
        return milliseconds_since(start)


def run_test(way, database, rows, pause_s):
    """Returns what of giving the database back was done before the end of the test's connection."""
    with connected(database) as session:
        session.execute("INSERT INTO orders_1 VALUES (0, 1, now(), 'new')")
        session.execute("SELECT count(*) FROM orders_1")
        found = session.fetchone()[0]
        time.sleep(pause_s)
        start = time.perf_counter()
        way.leave(session)
        left_ms = milliseconds_since(start)
    if found != rows + 1:
        raise RuntimeError(f"{database} has {found} rows, not {rows + 1}")
    return left_ms


def run_tests(way, rows, tests, pause_s):
    found = {"take": [], "give": [], "connect": []}
    for number in range(tests):
        start = time.perf_counter()
        database = way.take()
        found["take"].append(milliseconds_since(start))
        left_ms = run_test(way, database, rows, pause_s)
        start = time.perf_counter()
        way.give(database)
        found["give"].append(left_ms + milliseconds_since(start))
        if number % CONNECT_EVERY == 0:
            found["connect"].append(time_connection())
    return found


def run_client(way, number, gate, ready, work, output):
    """A client's process: ready, then all begin at once."""
    way.open(number)
    os.write(ready, b".")
    os.read(gate, 1)
    pathlib.Path(output).write_text(json.dumps(run_tests(way, *work)))


def start_clients(way, work, folder):
    gate, opener = os.pipe()
    ready_reader, ready = os.pipe()
    clients = []
    for number in range(CLIENTS):
        pid = os.fork()
        if pid == 0:
            os.close(opener)
            run_client(way, number, gate, ready, work, f"{folder}/{number}")
            os._exit(0)
        clients.append(pid)
    os.close(ready)
    for _ in clients:
        if not os.read(ready_reader, 1):
            sys.exit("a client could not begin")
    began = time.time()
    os.close(opener)
    failed = [pid for pid in clients if os.waitpid(pid, 0)[1] != 0]
    if failed:
        sys.exit(f"{len(failed)} of {CLIENTS} clients failed")
    return {"began": began, "tests_s": time.time() - began}


def main():
    name, template, rows, tests, pause_ms, *option = sys.argv[1:]
    way = WAYS[name](template, *option)
    work = int(rows), int(tests) // CLIENTS, int(pause_ms) / 1000
    way.prepare()
    with tempfile.TemporaryDirectory() as folder:
        times = start_clients(way, work, folder)
        parts = [json.loads((pathlib.Path(folder) / str(n)).read_text()) for n in range(CLIENTS)]
    way.finish()
    found = {key: [value for part in parts for value in part[key]] for key in parts[0]}
    print(json.dumps({**times, "maker_cpu_s": way.maker_cpu_s(), **found}))


if __name__ == "__main__":
    main()
