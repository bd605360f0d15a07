"""After every reset a database is what a fresh copy is, whatever a test did to it.

300 random workloads on PostgreSQL 15 and 18 and 100 on others, or as many as PGCLONE_UNDO_WORKLOADS says;
PGCLONE_UNDO_SEED is the first seed, 0 in CI. `undo/harness.py --help` does the same without pytest, and prints
a seed's statements.
"""
import argparse
import os

import pytest
from undo.drivers import SCHEMA
from undo.harness import SETTINGS, Harness, opener, prepare

FIRST = int(os.environ.get("PGCLONE_UNDO_SEED", 0))


@pytest.fixture
def undo_server(own_server, server):
    if server.major < 15:
        pytest.skip("changes are undone from PostgreSQL 15 on")
    started = own_server(**SETTINGS)
    prepare(started)
    return started


@pytest.mark.core
def test_after_every_reset_a_database_equals_a_fresh_copy(undo_server, program):
    workloads = int(os.environ.get("PGCLONE_UNDO_WORKLOADS", 300 if undo_server.major in (15, 18) else 100))
    options = argparse.Namespace(pgclone=program, mode="undo", schema=SCHEMA)
    harness = Harness(undo_server, opener(undo_server, options, 0))
    try:
        wrong = harness.run(range(FIRST, FIRST + workloads))
        print(harness.summary(workloads), harness.tally, sep="\n")
    finally:
        harness.close()
    assert not wrong, "\n\n".join(wrong)
    # What always fails tests nothing, and neither does what is never undone.
    tally = harness.tally
    assert tally.error_rate() < 0.2
    assert workloads < 100 or not tally.never()
    assert tally.answers["undoable, by undo"] > workloads / 2
