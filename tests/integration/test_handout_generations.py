"""Fresh copies on a server that syncs: made by log, used, and dropped together before anything is written."""
import itertools

import psycopg2
import pytest
from support.handout import HandoutRun, books, spoil

pytestmark = pytest.mark.core

GENERATION = 4  # at least: two for each worker


@pytest.fixture
def stock(server, own_server):
    if server.major < 15:
        pytest.skip("the strategy wal_log came with PostgreSQL 15")
    return own_server(fsync="on")


@pytest.fixture
def run(stock, pgclone):
    before = stock.names()
    with HandoutRun(pgclone, "-w", "2", "--run-id", "r1", server=stock.url("circ")) as run:
        yield run
        result = run.stop()
    assert "warning" not in result.stderr and "error" not in result.stderr, str(result)
    assert stock.names() == before


def test_copies_are_dropped_together_when_all_were_used(stock, run):
    """Each drop alone would have the server write and sync all the others."""
    with run.client() as client:
        position = stock.log_position()
        for _ in range(5 * GENERATION):
            answer = client.ok("take")
            assert books(answer["url"]) == 5
            spoil(answer["url"])
            client.ok(f"drop {answer['name']}")
        client.ok("take")
        words = [s.text.split(" ")[0] for s in stock.statements(position) if " DATABASE " in s.text]
    kinds = [word for word in words if word in ("CREATE", "DROP")]
    batches = [(word, len(list(group))) for word, group in itertools.groupby(kinds)]
    drops = [count for word, count in batches if word == "DROP"]
    assert len(drops) >= 2 and all(count >= GENERATION for count in drops), batches


def test_a_test_that_takes_long_holds_nobody_up(run):
    with run.client() as slow, run.client() as client:
        kept = slow.ok("take")["url"]
        spoil(kept)
        for _ in range(2 * GENERATION):
            answer = client.ok("take")
            assert books(answer["url"]) == 5
            client.ok(f"drop {answer['name']}")
        assert books(kept) == 0


def test_a_name_that_was_given_back_is_pristine_under_the_same_name(stock, run):
    """Its drop comes later, and nobody has to wait for that; sessions left behind are ended."""
    with run.client() as client:
        for request in ("take", "create"):
            for _ in range(GENERATION):
                answer = client.ok(f"{request} app_test")
                session = psycopg2.connect(answer["url"])
                with session, session.cursor() as cursor:
                    cursor.execute("SELECT count(*) FROM book")
                    assert cursor.fetchone()[0] == 5
                    cursor.execute("DELETE FROM book")
                client.ok("drop app_test")
        url = client.ok("take app_test")["url"]
        stock.run("DROP DATABASE app_test WITH (FORCE)")
        client.ok("drop app_test")
        assert client.ok("take app_test")["url"] == url, "a test had dropped it by itself"
        assert books(url) == 5


def test_resets(run):
    with run.client() as client:
        for number in range(4 * GENERATION):
            url = client.ok(f"reset gw{number % 2}")["url"]
            assert books(url) == 5
            spoil(url)
