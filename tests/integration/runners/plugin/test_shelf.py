"""Nothing but pgclone's fixtures: no conftest.py, no settings in this folder."""
import os
import time

import pytest

try:
    import psycopg
except ImportError:
    import psycopg2 as psycopg


def query(url, statement):
    connection = psycopg.connect(url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(statement)
    rows = cursor.fetchall() if cursor.description else None
    connection.close()
    return rows


@pytest.mark.parametrize("number", range(4))
def test_one_more_book(pgclone_url, number):
    """Commits, with a fixed key: on a database that another worker has as well it fails."""
    query(pgclone_url, "INSERT INTO author VALUES (100, 'Jane Austen')")
    time.sleep(0.2)
    assert query(pgclone_url, "SELECT count(*) FROM author") == [(3,)]
    query(pgclone_url, "DELETE FROM author WHERE author_id = 100")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    assert query(pgclone_url, "SELECT current_database()")[0][0].endswith(f"_{worker}")


@pytest.mark.parametrize("number", range(4))
def test_a_database_for_this_test(pgclone_fresh_url, number):
    query(pgclone_fresh_url, "INSERT INTO author VALUES (100, 'Jane Austen')")
    query(pgclone_fresh_url, "DELETE FROM book")
