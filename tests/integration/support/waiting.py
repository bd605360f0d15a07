"""Waits for what pgclone does on the server, and makes its statements wait."""
import time
from contextlib import contextmanager


def wait_for(condition, what, timeout=20):
    """Polls `condition` until it is true."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout} s in vain: {what}"
        time.sleep(0.002)


def wait_for_row(server, query, args=None):
    """Until the query gives a row, asked over one connection all the time."""
    with server.session() as session, session.cursor() as cursor:
        cursor.execute("SET log_statement = 'none'")

        def seen():
            cursor.execute(query, args)
            return cursor.fetchone()

        wait_for(seen, f"{query} {args}")


def wait_for_statement(server, start, waiting=False, user="tester"):
    """Until a statement of `user` that begins with `start` is at work, or waits for a lock."""
    wait_for_row(
        server,
        "SELECT 1 FROM pg_stat_activity WHERE usename = %s AND state = 'active'"
        " AND query LIKE %s AND (wait_event_type IS NOT DISTINCT FROM 'Lock' OR NOT %s)",
        (user, start + "%", waiting),
    )


def wait_until_gone(server, user="tester"):
    """Until the server has ended all sessions of `user`."""
    wait_for(
        lambda: not server.query("SELECT 1 FROM pg_stat_activity WHERE usename = %s", (user,)),
        f"the sessions of {user} end",
    )


@contextmanager
def locked(server, catalog):
    """Holds a lock on a system catalog, so that statements that write to it wait."""
    with server.session() as session:
        session.autocommit = False
        with session.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {catalog} IN SHARE ROW EXCLUSIVE MODE")
            yield
        session.rollback()
