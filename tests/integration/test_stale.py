"""drop --stale and the sweep: what dead processes left goes, what living ones use stays."""
import json
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

import pytest
from support.bystanders import MARK, Bystanders
from support.running import Running
from support.waiting import locked, wait_for, wait_for_statement, wait_until_gone

pytestmark = pytest.mark.core
RUN_LEASE, CREATE_LEASE = "123456789abcdef1", "123456789abcdef0"


def stale(pgclone, *options):
    result = pgclone.ok("drop", "--stale", "--template", "circ", *options)
    verb = "would drop " if "--dry-run" in options else "dropped "
    return sorted(line[len(verb) :] for line in result.stdout.splitlines() if line.startswith(verb))


@pytest.fixture
def dead_run(pgclone):
    """The databases that a run left when it was killed."""

    def leave(*arguments):
        with Running(pgclone, "-w", "2", *arguments) as running:
            running.kill()

    return leave


def scratch(server, lease=RUN_LEASE, number=0, **fields):
    name = f"pgclone_scratch_{lease}_{number}"
    server.create_database(name)
    if fields:
        server.set_comment(name, "pgclone:" + json.dumps({**MARK, "lease": lease, **fields}))
    return name


# ------------------------------------------------------------------------- dead and living runs


def test_another_applications_locks_are_neither_leases_nor_a_dead_runs(server, pgclone):
    """Among thousands it may hold the very numbers of a dead run; and it must not be ended for them."""
    left = scratch(server)
    key = int(RUN_LEASE, 16)
    with server.session() as other, other.cursor() as cursor:
        cursor.execute("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 3000) AS n")
        cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_lock_shared(%s)", (key, key - 2**63))
        assert stale(pgclone) == [left]
        cursor.execute("SELECT 1")


def test_stale_takes_what_a_killed_run_left(server, pgclone, dead_run):
    before = server.names()
    dead_run("--run-id", "r1")
    assert stale(pgclone) == ["circ_r1_gw0", "circ_r1_gw1"]
    assert server.names() == before


def test_stale_leaves_what_create_made(server, pgclone, clone):
    made = set(clone("-w", "2").databases + clone("-w", "2", "--run-id", "r1").databases)
    assert stale(pgclone) == []
    pgclone.ok("run", "--template", "circ", "--", "true")
    assert made <= server.names()


def test_stale_leaves_living_runs(server, pgclone, dead_run):
    with Running(pgclone, "-w", "2", "--run-id", "r2") as living:
        dead_run("--run-id", "r1")
        assert stale(pgclone, "--older-than", "1s") == ["circ_r1_gw0", "circ_r1_gw1"]
        assert {"circ_r2_gw0", "circ_r2_gw1"} <= server.names()
        living.stop()


def test_held_takes_living_runs_too(server, pgclone, dead_run):
    with Running(pgclone, "-w", "1", "--run-id", "r2") as living:
        dead_run("--run-id", "r1")
        result = pgclone.ok("drop", "--all", "--held", "--template", "circ")
        assert "kept" not in result.stdout
        assert not [name for name in server.names() if "_gw" in name]
        living.stop()


def test_stale_is_this_projects_and_every_project_widens_it(server, pgclone, dead_run):
    with Running(pgclone, "-w", "1", "--run-id", "r0") as running:
        running.kill()
        dead_run("--run-id", "r1", "--project", "shop")  # a run sweeps its own project only
        assert stale(pgclone, "--project", "other") == []
        assert stale(pgclone, "--dry-run") == ["circ_r0_gw0"]
        assert stale(pgclone) == ["circ_r0_gw0"]
        assert stale(pgclone, "--every-project") == ["circ_r1_gw0", "circ_r1_gw1"]


def test_a_create_sweeps_as_well_and_leaves_other_projects_alone(server, pgclone, clone, dead_run):
    dead_run("--run-id", "r1")
    scratches = [scratch(server), scratch(server, number=1, project="circ")]
    theirs = scratch(server, number=2, project="shop")
    clone()
    names = server.names()
    assert not {"circ_r1_gw0", "circ_r1_gw1", *scratches} & names
    assert theirs in names
    assert stale(pgclone, "--every-project") == [theirs]


def test_a_dry_run_of_create_sweeps_nothing(server, pgclone, dead_run):
    dead_run("--run-id", "r1")
    with server.unchanged():
        pgclone.ok("create", "--template", "circ", "--dry-run")
    assert stale(pgclone) == ["circ_r1_gw0", "circ_r1_gw1"]


# -------------------------------------------------------------------------------------------- age


def age(server, name, hours):
    comment = server.comments()[name]
    fields = json.loads(comment[len("pgclone:") :])
    then = datetime.now(timezone.utc) - timedelta(hours=hours)
    fields["created"] = then.strftime("%Y-%m-%dT%H:%M:%SZ")
    server.set_comment(name, "pgclone:" + json.dumps(fields))


def test_older_than_takes_what_create_made_from_that_age_on(server, pgclone, clone):
    clone("-w", "3")
    age(server, "circ_gw0", 3)
    age(server, "circ_gw1", 1)
    assert stale(pgclone, "--older-than", "2h") == ["circ_gw0"]
    assert stale(pgclone, "--older-than", "1d") == []
    assert stale(pgclone, "--older-than", "30m") == ["circ_gw1"]
    assert "circ_gw2" in server.names()


def test_a_time_that_cannot_be_read_makes_nothing_old(server, pgclone, clone):
    clone("-w", "2")
    fields = json.loads(server.comments()["circ_gw0"][len("pgclone:") :])
    server.set_comment("circ_gw0", "pgclone:" + json.dumps({**fields, "created": "long ago"}))
    age(server, "circ_gw1", -48)  # a clock that was wrong
    assert stale(pgclone, "--older-than", "1s") == []


@pytest.mark.parametrize("text", ["", "2", "h", "-1h", "1.5h", "2 h", "2hours", "0s", "99999999999999999d"])
def test_an_age_that_is_none_is_a_usage_error(server, pgclone, text):
    with server.unchanged():
        pgclone("drop", "--stale", "--older-than", text).expect_error(2, "--older-than")


def test_older_than_without_stale_is_a_usage_error(server, pgclone):
    with server.unchanged():
        pgclone("drop", "--all", "--older-than", "2h").expect_error(2, "--stale")


# -------------------------------------------------------------------------------- scratch databases


@pytest.mark.parametrize("lease", [RUN_LEASE, CREATE_LEASE], ids=["run", "create"])
@pytest.mark.parametrize("selector", ["--stale", "--all"])
def test_scratch_databases_of_the_dead_go_marked_or_not(server, pgclone, lease, selector):
    names = [scratch(server, lease), scratch(server, lease, 1, project="circ"), scratch(server, lease, 12)]
    result = pgclone.ok("drop", selector, "--template", "circ")
    assert sorted(result.stdout.split()) == sorted(["dropped"] * 3 + names)


def test_another_projects_marked_scratch_stays(server, pgclone):
    name = scratch(server, project="shop")
    pgclone.ok("drop", "--all", "--template", "circ")
    assert stale(pgclone) == []
    assert name in server.names()
    assert stale(pgclone, "--every-project") == [name]


def test_scratch_databases_of_the_living_stay_marked_or_not(server, pgclone):
    """A create is stopped before it marks what it made, and then before it has granted."""
    with ExitStack() as before_granting:
        with locked(server, "pg_shdescription"):
            process = pgclone.start("create", "--template", "circ", "-w", "1")
            wait_for_statement(server, "COMMENT ON DATABASE", waiting=True)
            for selector in ("--stale", "--all"):
                result = pgclone.ok("drop", selector, "--template", "circ")
                assert "dropped" not in result.stdout, str(result)
            before_granting.enter_context(locked(server, "pg_database"))
        # REVOKE comes first where the template has grants of its own.
        granting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '^(GRANT|REVOKE)'"
        wait_for(lambda: server.query(granting), "it waits for the lock")
        for selector in ("--stale", "--all"):
            result = pgclone.ok("drop", selector, "--template", "circ")
            assert "dropped" not in result.stdout, str(result)
    assert pgclone.finish(process).code == 0
    assert "circ_gw0" in server.names()


@pytest.mark.leaves_scratch
def test_look_alikes_survive_every_selector(server, pgclone, clone, dead_run):
    bystanders = Bystanders(server)
    dead_run("--run-id", "r1")
    clone("-w", "2", "--existing", "replace", "--name", "circ_live_{worker}")
    for options in (["--stale"], ["--stale", "--older-than", "1s"], ["--all"], ["--all", "--held"]):
        pgclone.ok("drop", "--template", "circ", *options)
        assert bystanders.changes() == []
    assert stale(pgclone, "--every-project") == []
    assert bystanders.changes() == bystanders.lost_contents() == []


# ------------------------------------------------------------- backends that outlive their client


def appeared(server, before, seconds=1.5):
    """What is there after a while, when every session of the dead has ended."""
    wait_until_gone(server)
    time.sleep(seconds)
    return server.names() - before


@pytest.mark.parametrize("sweeper", ["drop --stale", "drop --all", "run", "create"])
def test_a_create_that_waits_for_a_lock_is_ended_and_makes_nothing_later(server, pgclone, sweeper):
    before = server.names()
    with locked(server, "pg_database"):
        process = pgclone.start("create", "--template", "circ", "-w", "3", "-j", "3", "--run-id", "r1")
        wait_for_statement(server, "CREATE DATABASE", waiting=True)
        at_work = server.query("SELECT pid FROM pg_stat_activity WHERE usename = 'tester'")
        process.kill()
        process.communicate()
        command = ["--", "true"] if sweeper == "run" else []
        second = pgclone.start(*sweeper.split(), "--template", "circ", *command)
        alive = "SELECT 1 FROM pg_stat_activity WHERE pid = ANY (%s)"
        wait_for(lambda: not server.query(alive, ([row[0] for row in at_work],)), "they are ended")
    assert pgclone.finish(second).code == 0
    assert appeared(server, before) == ({"circ_gw0"} if sweeper == "create" else set())


@pytest.mark.parametrize("after", [0.02, 0.06, 0.1, 0.2])
def test_a_copy_that_goes_on_after_its_client_was_killed_leaves_nothing(server, pgclone, large_template, after):
    before = server.names()
    process = pgclone.start("create", "--template", large_template, "-w", "6", "-j", "3")
    wait_for_statement(server, "CREATE DATABASE")
    time.sleep(after)
    process.kill()
    process.communicate()
    pgclone.ok("drop", "--all", "--template", large_template)
    assert appeared(server, before) == set()
