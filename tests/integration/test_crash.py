"""A server that crashes: what was reported as made is there afterwards, whole and marked."""
import pytest
from support.pgclone import Pgclone

pytestmark = pytest.mark.core


@pytest.fixture
def at_careful_server(own_server, pgclone):
    """A server that writes its log for those who wait for it, and for nobody else: a crash takes all
    that nobody waited for."""
    server = own_server(synchronous_commit="on", wal_writer_delay="10s")
    server.query("CHECKPOINT")
    return server, Pgclone(pgclone.binary, pgclone.folder, server.url("circ"))


def clones(server):
    return {name for name in server.names() if name.startswith(("circ_", "pgclone_scratch_"))}


def test_created_databases_outlive_a_crash(at_careful_server):
    server, pgclone = at_careful_server
    pgclone.ok("create", "--template", "circ", "-w", "2")
    server.crash()
    assert clones(server) == {"circ_gw0", "circ_gw1"}
    pgclone.ok("drop", "--all", "--template", "circ")
    assert not clones(server), "a mark was lost"


def test_replaced_databases_outlive_a_crash(at_careful_server):
    server, pgclone = at_careful_server
    pgclone.ok("create", "--template", "circ", "-w", "2")
    pgclone.ok("create", "--template", "circ", "-w", "2")
    server.crash()
    assert clones(server) == {"circ_gw0", "circ_gw1"}


def test_kept_databases_are_not_taken_for_a_dead_runs_after_a_crash(at_careful_server):
    server, pgclone = at_careful_server
    pgclone.ok("run", "--template", "circ", "-w", "2", "--run-id", "r1", "--keep", "--", "true")
    server.crash()
    pgclone.ok("drop", "--stale", "--template", "circ")
    assert clones(server) == {"circ_r1_gw0", "circ_r1_gw1"}
