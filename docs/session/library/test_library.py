"""Tests that commit, with a fixed key: on one database for all workers they fail."""
import time

import pytest


@pytest.mark.parametrize("number", range(24))
def test_a_new_branch(library, number):
    library.execute("INSERT INTO branch VALUES ('NEW', 'New branch', 'Nowhere')")
    time.sleep(0.02)
    library.execute("SELECT count(*) FROM branch WHERE code = 'NEW'")
    assert library.fetchone() == (1,)
    library.execute("DELETE FROM branch WHERE code = 'NEW'")
