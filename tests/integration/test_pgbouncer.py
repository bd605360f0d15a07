"""Behind PgBouncer: session pooling works, transaction pooling is found out and named."""
import time

import psycopg2
import pytest
from support.machine import unavailable
from support.pgbouncer import Pgbouncer, find_program
from support.running import Running

pytestmark = pytest.mark.core


@pytest.fixture(autouse=True)
def pgbouncer_is_there():
    if find_program() is None:
        unavailable("pgbouncer is not installed (Debian's package pgbouncer)")


@pytest.fixture
def bouncer(server):
    """Starts one: bouncer("session"). At the end its sessions with the server are gone."""
    made = []

    def start(mode, **options):
        made.append(Pgbouncer(server, mode, **options))
        return made[-1]

    yield start
    for each in made:
        each.__exit__()
    deadline = time.monotonic() + 5
    while server.query("SELECT 1 FROM pg_stat_activity WHERE usename = 'tester'"):
        assert time.monotonic() < deadline, "sessions of pgbouncer's remain"
        time.sleep(0.02)


COMMANDS = {
    "create": ["create", "--clone", "-w", "2"],
    "run": ["run", "--clone", "-w", "2", "--", "true"],
    "drop": ["drop", "--all"],
    "list": ["list"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_pooled_transactions_are_refused_by_name_and_nothing_is_changed(server, pgclone, bouncer, command, mode):
    url = bouncer(mode).url("circ")
    with server.unchanged():
        result = pgclone(*COMMANDS[command], server=url)
    if command == "list" and result.code == 0:
        return  # it needs no lease
    code = 125 if command == "run" else 1
    result.expect_error(code, "pool").has_hint("pool_mode = session")


def test_pooled_transactions_are_found_out_time_and_again(server, pgclone, bouncer):
    """Also when the pool's connections have been used by others before."""
    pooler = bouncer("transaction", pool_size=3)
    for _ in range(5):
        with server.unchanged():
            pgclone("create", "--clone", server=pooler.url("circ")).expect_error(1, "pool")


LEFT = """
    SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
        current_setting('search_path'), current_setting('statement_timeout'), pg_backend_pid()
"""


@pytest.mark.parametrize("command", ["create", "run", "drop"])
def test_pooled_transactions_are_left_as_they_were_found(server, pgclone, bouncer, command):
    """Other clients get the same sessions afterwards: no setting and no lock of ours is in them."""
    pooler = bouncer("transaction")
    result = pgclone(*COMMANDS[command], server=pooler.url("circ"))
    result.expect(125 if command == "run" else 1, "pool")
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'tester' AND datname = 'postgres'"
    clients = [psycopg2.connect(pooler.url("postgres")) for _ in range(server.value(sessions))]
    found = []
    for client in clients:  # each in a transaction of its own, so that they get all sessions
        cursor = client.cursor()
        cursor.execute(LEFT)
        found.append(cursor.fetchone())
    for client in clients:
        client.close()
    assert len({row[3] for row in found}) == len(found)
    assert {row[:3] for row in found} == {(0, '"$user", public', "0")}


def test_pooled_sessions_work(server, pgclone, bouncer):
    before = server.names()
    url = bouncer("session").url("circ")
    made = pgclone.create("--clone", "-w", "4", "-j", "3", server=url)
    for name in made.databases:
        assert server.value("SELECT count(*) FROM book", database=name) == 5
    result = pgclone.ok("drop", "--all", "--clone", server=url)
    assert len(result.stdout.splitlines()) == 4
    assert pgclone("run", "--clone", "-w", "2", "--", "sh", "-c", "exit 9", server=url).code == 9
    assert server.names() == before


@pytest.mark.leaves_scratch
def test_a_run_that_is_killed_behind_pooled_sessions_is_swept_by_the_next(server, pgclone, bouncer):
    before = server.names()
    url = bouncer("session").url("circ")
    with Running(pgclone, "-w", "2", "--run-id", "r1", server=url) as run:
        pgclone("create", "--template", "circ", "--run-id", "r1", server=url).expect_error(4, '"r1"')
        run.kill()
        deadline = time.monotonic() + 5
        while server.names() != before:
            assert time.monotonic() < deadline, sorted(server.names() - before)
            pgclone.ok("drop", "--stale", "--template", "circ", server=url)
