"""Tests that commit, with fixed keys and exact counts: on a shared database they fail."""
import time

import pytest


@pytest.fixture
def shelf(db):
    db.execute("INSERT INTO author VALUES (100, 'Jane Austen')")
    db.execute("INSERT INTO book (book_id, author_id, title) VALUES (100, 100, 'Emma')")
    yield db
    db.execute("DELETE FROM book WHERE book_id = 100")
    db.execute("DELETE FROM author WHERE author_id = 100")


def count(db, table):
    db.execute(f"SELECT count(*) FROM {table}")
    return db.fetchone()[0]


@pytest.mark.parametrize("number", range(16))
def test_one_more_book(shelf, number):
    assert count(shelf, "book") == 6
    time.sleep(0.1)
    assert count(shelf, "book") == 6


@pytest.mark.parametrize("number", range(8))
def test_an_empty_library(db, number):
    db.execute("CREATE TABLE aside AS SELECT * FROM book")
    db.execute("TRUNCATE book")
    time.sleep(0.1)
    assert count(db, "book") == 0
    db.execute("INSERT INTO book OVERRIDING SYSTEM VALUE SELECT * FROM aside")
    db.execute("DROP TABLE aside")
    assert count(db, "book") == 5
