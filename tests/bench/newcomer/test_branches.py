"""Commits, with a fixed key: two workers on one database would be in each other's way."""
import time

import pytest


@pytest.mark.parametrize("number", range(8))
def test_one_more_branch(db, number):
    db.execute("SELECT count(*) FROM branch")
    (branches,) = db.fetchone()
    db.execute("INSERT INTO branch VALUES ('NEW', 'New branch', '1 High Street')")
    time.sleep(0.1)
    db.execute("SELECT count(*) FROM branch")
    assert db.fetchone() == (branches + 1,)
    db.execute("DELETE FROM branch WHERE code = 'NEW'")
