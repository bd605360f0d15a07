"""What Django's test runner and a fixture in every Python worker do, by those libraries themselves;
and what is left when nobody has to start, connect or look: the server's own statements.

python_peer.py django|fixture create|drop TEMPLATE COPIES
python_peer.py server create|drop TEMPLATE COPIES WIDTH STRATEGY (for drop: empty)

Prints the seconds it took. The clock starts when everything is imported: a test run has paid for
that already.
"""

import itertools
import os
import sys
import threading
import time
from concurrent import futures


def run_django(verb, template, copies):
    """The loops of setup_databases and teardown_databases in django/test/utils.py, --parallel N."""
    from django.conf import settings

    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": template,
        "USER": os.environ["PGUSER"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
    }
    settings.configure(DATABASES={"default": database})
    from django.db import connection

    creation = connection.creation
    started = time.perf_counter()
    for index in range(copies):
        if verb == "create":
            creation.clone_test_db(suffix=str(index + 1), verbosity=0)
        else:
            creation.destroy_test_db(suffix=str(index + 1), verbosity=0)
    return time.perf_counter() - started


def fixture(verb, template, name):
    import sqlalchemy

    engine = sqlalchemy.create_engine(
        "postgresql+psycopg2://",
        isolation_level="AUTOCOMMIT",
        poolclass=sqlalchemy.pool.NullPool,
    )
    with engine.connect() as connection:
        if verb == "create":
            connection.execute(sqlalchemy.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        else:
            connection.execute(sqlalchemy.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def run_fixture(verb, template, copies):
    """One process a worker, as pytest-xdist has it; all start at once."""
    import psycopg2  # noqa: F401  (imported before the workers are forked, and before the clock)
    import sqlalchemy.dialects.postgresql.psycopg2  # noqa: F401

    gate, opener = os.pipe()
    workers = []
    for index in range(1, copies + 1):
        pid = os.fork()
        if pid == 0:
            os.close(opener)
            os.read(gate, 1)
            fixture(verb, template, f"{template}_{index}")
            os._exit(0)
        workers.append(pid)
    started = time.perf_counter()
    os.close(opener)
    failed = [pid for pid in workers if os.waitpid(pid, 0)[1] != 0]
    if failed:
        sys.exit(f"{len(failed)} of {copies} workers failed")
    return time.perf_counter() - started


def run_server(verb, template, copies, width, strategy):
    """Connections that are there already share the statements; all begin at once."""
    import psycopg2

    words = f' TEMPLATE "{template}"' + (f" STRATEGY {strategy}" if strategy else "")
    names = [f'DATABASE "{template}_{index}"' for index in range(1, copies + 1)]
    statements = [f"CREATE {name}{words}" if verb == "create" else f"DROP {name}" for name in names]
    turns = itertools.count()
    barrier = threading.Barrier(int(width) + 1, timeout=60)  # seconds: one of them may have failed

    def work(connection):
        connection.autocommit = True
        session = connection.cursor()
        session.execute("SELECT 1")
        barrier.wait()
        while (turn := next(turns)) < copies:
            session.execute(statements[turn])

    with futures.ThreadPoolExecutor(int(width)) as pool:
        workers = [pool.submit(work, psycopg2.connect("")) for _ in range(int(width))]
        barrier.wait()
        started = time.perf_counter()
        for worker in workers:
            worker.result()
        return time.perf_counter() - started


def main():
    peer, verb, template, copies, *variant = sys.argv[1:]
    run = {"django": run_django, "fixture": run_fixture, "server": run_server}[peer]
    print(run(verb, template, int(copies), *variant))


main()
