import os
import time

import pytest
from sqlalchemy import text

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(autouse=True)
def nobody_else_is_here(engine):
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO visitor VALUES (:worker) ON CONFLICT DO NOTHING"), {"worker": WORKER})
        assert connection.scalars(text("SELECT worker FROM visitor")).all() == [WORKER]


def count(connection):
    return connection.scalar(text("SELECT count(*) FROM book"))


@pytest.mark.parametrize("title", ["Emma", "Persuasion", "Sanditon", "The Watsons"])
def test_a_book_is_rolled_back(session, title):
    session.execute(text("INSERT INTO book (author_id, title) VALUES (1, :title)"), {"title": title})
    session.commit()
    assert count(session) == 6


@pytest.mark.parametrize("number", range(6))
def test_a_book_is_committed(engine, number):
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO book (id, author_id, title) VALUES (100, 1, 'Typee')"))
    time.sleep(0.05)
    with engine.begin() as connection:
        assert count(connection) == 6
        connection.execute(text("DELETE FROM book WHERE id = 100"))


@pytest.mark.skipif("PGCLONE_SOCKET" not in os.environ, reason="needs pgclone run")
@pytest.mark.parametrize("number", range(2))
def test_a_copy_has_only_what_this_test_does(fresh_engine, number):
    with fresh_engine.begin() as connection:
        connection.execute(text("TRUNCATE book"))
    with fresh_engine.begin() as connection:
        connection.execute(text("INSERT INTO book (author_id, title) VALUES (2, 'Valperga')"))
        assert count(connection) == 1
