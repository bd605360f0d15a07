"""What a reset takes, and what a statement costs, inside of `pgclone run --reset undo -w 1`.

undo_client.py resets TEMPLATE FILLED_TABLES ROUNDS
undo_client.py statements TEMPLATE ROUNDS

Whatever is compared takes turns. Prints one line of JSON; all times are milliseconds.
"""

import collections
import contextlib
import json
import sys
import time

import psycopg2

import fresh_notes
import fresh_ways
from fresh_client import connected, milliseconds_since

FEW_TABLES = 5  # where a test's rows are, but for one kind of test whose rows are everywhere
PLAIN = "fresh_plain"
NEW = 1_000_000_000  # ids from here on are in no template
CHANGES = (
    f"INSERT INTO {{table}} VALUES ({NEW} + {{row}}, 1, now(), 'new')",
    "UPDATE {table} SET note = 'changed' WHERE id = {row}",
    "DELETE FROM {table} WHERE id = {row}",
)
IDS = "BETWEEN %(first)s AND %(last)s"
STATEMENTS = {
    "INSERT": "INSERT INTO orders_1 SELECT i, 1, now(), 'new' "
    "FROM generate_series(%(first)s, %(last)s) AS i",
    "UPDATE": f"UPDATE orders_1 SET note = 'changed' WHERE id {IDS}",
    "DELETE": f"DELETE FROM orders_1 WHERE id {IDS}",
}
REPEATED = {1: 10, 100: 5, 10_000: 1}  # how often in one session, by the number of rows
FIRST = "the session's first"


def timed(work, *arguments):
    start = time.perf_counter()
    work(*arguments)
    return milliseconds_since(start)


def connect(database):
    psycopg2.connect(dbname=database).close()


def run_test(database, tables, changed):
    """One transaction with so many statements of one row each, in turn an INSERT, an UPDATE and a
    DELETE. It fails where the database is not as the template is."""
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection, connection.cursor() as session:
            for number in range(changed):
                place = {"table": f"orders_{1 + number % tables}", "row": 1 + number // tables}
                session.execute(CHANGES[number % len(CHANGES)].format(**place))
                if session.rowcount != 1:
                    raise RuntimeError(f"{database}: {session.query} has no row to change")


def content(database, tables):
    rows = [f"SELECT * FROM orders_{1 + i} WHERE id <= 100 OR id >= {NEW}" for i in range(tables)]
    with connected(database) as session:
        listed = "string_agg(t::text, ',' ORDER BY t::text)"
        session.execute(f"SELECT md5({listed}) FROM ({' UNION ALL '.join(rows)}) AS t")
        return session.fetchone()[0]


def kinds_of_tests(filled):
    """Numbers of rows that a test changes, and of tables that they are in."""
    few = min(filled, FEW_TABLES)
    kinds = [(1, 1), (10, few), (50, few)]
    return kinds if filled == few else [*kinds, (50, filled)]


def measure_resets(template, filled, rounds):
    """For each kind of test: resets, those of the peer, connections, and what made it pristine."""
    undo, notes = ways(template)
    pristine = content(undo.name, filled)
    found = []
    for changed, tables in kinds_of_tests(filled):
        one = {"rows": changed, "tables": tables, "from": collections.Counter()}
        one |= {"reset": [], "notes": [], "connect": []}
        for number in range(rounds):
            for way, key in ((undo, "reset"), (notes, "notes"))[:: 1 if number % 2 else -1]:
                run_test(way.name, tables, changed)
                one[key].append(timed(way.give, way.name))
                one["connect"].append(timed(connect, way.name))
            one["from"][undo.answer["from"]] += 1
        for way in (undo, notes):
            if content(way.name, filled) != pristine:
                raise RuntimeError(f"{way.name} is not pristine after tests of {changed} rows")
        found.append(one)
    notes.session.connection.close()
    return found


def ways(template):
    undo = fresh_ways.ResetAfter(template)
    notes = fresh_notes.Notes(template, 1, fresh_notes.ITS_OWN)
    for way in (undo, notes):
        way.prepare()
        way.open(0)
    return undo, notes


def measure_session(database, first, found):
    """All statements in one session, with ids that no other one had. Returns the next free id."""
    sizes = [(FIRST, 1), *((rows, rows) for rows, times in REPEATED.items() for _ in range(times))]
    with connected(database) as session:
        for title, rows in sizes:
            ids = {"first": first, "last": first + rows - 1}
            for kind, statement in STATEMENTS.items():
                found[f"{kind} {title}"].append(timed(session.execute, statement, ids))
                if session.rowcount != rows:
                    raise RuntimeError(f"{database}: {kind} changed {session.rowcount} rows")
            first += rows
    return first


def measure_statements(template, rounds):
    """For each database: what a statement takes, by its kind and its number of rows."""
    with contextlib.closing(fresh_ways.open_session().connection) as connection:
        with connection.cursor() as session:
            session.execute(f'CREATE DATABASE {PLAIN} TEMPLATE "{template}"')
    undo, notes = ways(template)
    found = {key: collections.defaultdict(list) for key in ("plain", "undo", "notes")}
    first = NEW
    for number in range(rounds):
        names = {"plain": PLAIN, "undo": undo.name, "notes": notes.name}
        for key in sorted(names, reverse=number % 2):
            after = measure_session(names[key], first, found[key])
        first = after
        undo.give(undo.name)
        notes.session.execute("TRUNCATE notes.note")
    notes.session.connection.close()
    return found


def main():
    verb, template, *numbers = sys.argv[1:]
    measure = {"resets": measure_resets, "statements": measure_statements}[verb]
    print(json.dumps(measure(template, *map(int, numbers))))


if __name__ == "__main__":
    main()
