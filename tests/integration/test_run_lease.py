"""run holds its databases for as long as it lives, and no longer, however it dies."""
import socket
import time

import pytest
from support.pgclone import Pgclone
from support.running import Running
from support.waiting import wait_for

pytestmark = pytest.mark.core
SAME = ("-w", "2", "--run-id", "r1")


def held(pgclone):
    rows = pgclone.ok("list", "--template", "circ", "--format", "json").json["databases"]
    return {row["name"] for row in rows if row["state"] == "held"}


def oids(server, prefix):
    return server.query(
        "SELECT datname, oid FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1", (prefix,)
    )


def test_a_second_run_with_the_same_names_is_refused_and_told_who_holds_them(server, pgclone):
    with Running(pgclone, *SAME) as first:
        before = oids(server, "circ_r1_")
        says = ["circ_r1_gw0", '"r1"', f'"{socket.gethostname()}"', str(first.pid)]
        pgclone("create", "--template", "circ", *SAME).expect_error(4, *says).has_hint("--run-id")
        pgclone("run", "--template", "circ", *SAME, "--", "true").expect_error(125, *says)
        for mode in ("keep", "fail", "replace"):
            pgclone("create", "--template", "circ", *SAME, "--existing", mode).expect_error(4, *says)
        assert oids(server, "circ_r1_") == before
        assert first.stop().code == 143
    pgclone.ok("run", "--template", "circ", *SAME, "--", "true")


def test_after_kill_9_the_next_run_goes_through_at_once(server, pgclone):
    """Without a waiting time and without a flag."""
    before = server.names()
    for _ in range(5):
        with Running(pgclone, *SAME) as first:
            first.kill()
            started = time.monotonic()
            pgclone.ok("run", "--template", "circ", *SAME, "--wait", "0", "--", "true")
            assert time.monotonic() - started < 5
        assert server.names() == before


def test_after_kill_9_a_run_with_other_names_removes_what_was_left(server, pgclone):
    before = server.names()
    with Running(pgclone, *SAME) as first:
        first.kill()
        pgclone.ok("run", "--template", "circ", "--", "true")
        assert server.names() == before


def test_after_kill_9_in_mid_create_the_next_run_goes_through_at_once(server, pgclone, large_template):
    """The server works on for the dead process: its statement is ended first."""
    before = server.names()
    for delay in (0.05, 0.2, 0.4):
        process = pgclone.start("run", "--template", large_template, *SAME, "--", "sleep", "1")
        time.sleep(delay)
        process.kill()
        process.communicate()
        pgclone.ok("run", "--template", large_template, *SAME, "--wait", "0", "--", "true")
        assert server.names() == before


def test_a_run_id_can_be_used_again_while_others_go_on(server, pgclone):
    """CI repeats a job that was killed; another run, which swept it, is still busy."""
    with Running(pgclone, *SAME) as first:
        first.kill()
        with Running(pgclone, "-w", "1", "--run-id", "r2") as other:
            assert not oids(server, "circ_r1_")
            pgclone.ok("run", "--template", "circ", *SAME, "--", "true")
            assert other.stop().code == 143


def test_drop_leaves_alone_what_a_living_run_holds(server, pgclone):
    with Running(pgclone, *SAME) as first:
        before = oids(server, "circ_r1_")
        for selector in (["--all"], ["--stale"], ["--all", "--every-project"], ["--run-id", "r1"],
                         ["--stale", "--older-than", "1s"], ["--worker", "gw0"]):  # fmt: skip
            result = pgclone.ok("drop", "--template", "circ", *selector)
            assert "dropped" not in result.stdout, str(result)
        assert "kept circ_r1_gw0: held by run" in pgclone.ok("drop", "--all", "--template", "circ").stdout
        assert "kept" in pgclone.ok("drop", "--name", "circ_r1_gw0").stdout
        assert oids(server, "circ_r1_") == before
        first.stop()


def test_drop_held_takes_them_and_the_run_still_ends_well(server, pgclone):
    with Running(pgclone, *SAME, script="sleep 2; exit 5") as first:
        result = pgclone.ok("drop", "--all", "--held", "--template", "circ")
        assert sorted(result.stdout.split()) == ["circ_r1_gw0", "circ_r1_gw1", "dropped", "dropped"]
        assert not oids(server, "circ_r1_")
        ended = first.wait()
        assert ended.code == 5 and "error" not in ended.stderr, str(ended)


def lease_session(server):
    """The one session of pgclone that stays open while the command runs: it holds the lease."""
    pids = []

    def alone():
        pids[:] = server.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgclone'")
        return len(pids) == 1

    wait_for(alone, "one connection is enough while the command runs")
    return pids[0][0]


def test_a_lost_connection_is_reported_and_the_command_goes_on(server, pgclone):
    before = server.names()
    with Running(pgclone, *SAME) as run:
        server.query("SELECT pg_terminate_backend(%s)", (lease_session(server),))
        wait_for(lambda: "lost the connection" in run.stderr, "the loss is reported")
        assert run.process.poll() is None
        result = run.stop()
        assert result.code == 143, str(result)
    assert server.names() == before


def test_a_lost_lease_is_taken_again_so_that_nobody_sweeps_a_living_run(server, pgclone):
    with Running(pgclone, *SAME) as run:
        before = oids(server, "circ_r1_")
        for _ in range(3):
            server.query("SELECT pg_terminate_backend(%s)", (lease_session(server),))
            wait_for(lambda: held(pgclone) == {"circ_r1_gw0", "circ_r1_gw1"}, "the lease is back", 5)
            pgclone.ok("drop", "--all", "--template", "circ")
            pgclone("create", "--template", "circ", *SAME).expect_error(4)
        assert oids(server, "circ_r1_") == before
        assert run.stop().code == 143
    assert not oids(server, "circ_r1_")


@pytest.mark.parametrize("pause", [0, 2], ids=["at once", "after a while"])
def test_a_server_that_crashes_and_comes_back(own_server, pgclone, pause):
    server = own_server()
    at_server = Pgclone(pgclone.binary, pgclone.folder, server.url("circ"))
    with Running(at_server, *SAME) as run:
        server.query("CHECKPOINT")  # synchronous_commit is off here: a crash may lose the renames
        server.crash(pause)
        wait_for(lambda: "lost the connection" in run.stderr, "the loss is reported")
        assert run.process.poll() is None
        wait_for(lambda: "circ_r1_gw1" in held(at_server), "the lease is back", 5)
        assert run.stop().code == 143
    assert not oids(server, "circ_r1_")


def test_a_server_that_comes_back_while_dropping_is_waited_for(own_server, pgclone):
    server = own_server()
    with Running(pgclone, *SAME, "--wait", "20", server=server.url("circ"), script="sleep 1; exit 6") as run:
        server.crash(pause=2.5)
        assert run.wait().code == 6
    assert not oids(server, "circ_r1_")


def test_a_server_that_stays_away_is_said_and_the_status_is_still_the_commands(own_server, pgclone):
    server = own_server()
    with Running(pgclone, *SAME, "--wait", "1", server=server.url("circ"), script="sleep 1; exit 6") as run:
        server.stop()
        result = run.wait()
        assert result.code == 6
        assert "could not drop" in result.stderr and "pgclone drop --all" in result.stderr, str(result)
        # One line when it is lost, and not one for each try.
        assert result.stderr.count("lost the connection") <= 1, str(result)
