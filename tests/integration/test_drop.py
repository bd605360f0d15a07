"""drop: each selector takes what it names, and nothing that pgclone did not make."""
import json

import pytest
from support.waiting import wait_for

pytestmark = pytest.mark.core

LOOK_ALIKES = ["circ_gw0x", "circXgw0", "circ_gw1_old", "CIRC_GW0", "pgclone_scratch_mine"]
FAKE_MARKS = {
    "plain words": "pgclone: hello",
    "empty object": "pgclone:{}",
    "no project": 'pgclone:{"v":1}',
    "another version": '{mark2}',
    "text behind": "{mark} and more",
    "text before": "see {mark}",
    "not quite json": 'pgclone:{"v":1,"project":"circ","run":"","worker":"gw0"',
    "wrong types": 'pgclone:{"v":1,"project":7,"run":{},"worker":[],"template":"circ"}',
    "another prefix": 'pgclones:{"v":1,"project":"circ","worker":"gw0"}',
    "upper case": "{upper}",
}


@pytest.fixture
def bystanders(server):
    """Databases that a careless drop would take; they must be there, as they were, at the end."""
    for name in LOOK_ALIKES:
        server.create_database(name)
    before = {name: row for name, row in server.catalog().items() if name in LOOK_ALIKES}
    yield
    after = server.catalog()
    assert {name: after.get(name) for name in before} == before


def test_a_drop_without_a_selector_is_a_usage_error(server, pgclone, clone):
    clone()
    with server.unchanged():
        pgclone("drop").expect_error(2, "--all")


def test_all_takes_this_projects_databases_only(server, pgclone, clone, bystanders):
    mine = clone("--workers", "3").databases + clone("--run-id", "r1").databases
    other = clone("--project", "shop", "--name", "shop_{worker}").databases
    result = pgclone.ok("drop", "--all")
    assert sorted(result.stdout.splitlines()) == sorted(f"dropped {name}" for name in mine)
    assert not set(mine) & server.names()
    assert set(other) <= server.names()
    assert "circ" in server.names()


def test_every_project_widens_all_to_the_server(server, pgclone, clone, bystanders):
    names = clone().databases + clone("--project", "shop", "--name", "shop_{worker}").databases
    pgclone.ok("drop", "--all", "--every-project")
    assert not set(names) & server.names()


def test_a_run_id_takes_that_run_only(server, pgclone, clone, bystanders):
    one, two, plain = clone("--run-id", "1"), clone("--run-id", "2"), clone()
    pgclone.ok("drop", "--run-id", "1")
    assert not set(one.databases) & server.names()
    assert set(two.databases + plain.databases) <= server.names()


def test_workers_take_those_workers_only(server, pgclone, clone, bystanders):
    clone("--workers", "12")
    result = pgclone.ok("drop", "--worker", "gw1", "--worker", "gw3")
    assert sorted(result.stdout.splitlines()) == ["dropped circ_gw1", "dropped circ_gw3"]
    left = {name for name in server.names() if name.startswith("circ_gw")} - set(LOOK_ALIKES)
    assert left == {f"circ_gw{n}" for n in range(12)} - {"circ_gw1", "circ_gw3"}


def test_names_take_exactly_those(server, pgclone, clone, bystanders):
    clone("--workers", "4")
    result = pgclone.ok("drop", "--name", "circ_gw0", "--name", "circ_gw2")
    assert sorted(result.stdout.splitlines()) == ["dropped circ_gw0", "dropped circ_gw2"]
    assert {"circ_gw1", "circ_gw3"} <= server.names()


def test_an_unmarked_database_with_a_workers_name_survives_every_drop(server, pgclone, clone, bystanders):
    clone()
    server.create_database("circ_gw1")
    pgclone.ok("drop", "--all")
    pgclone.ok("drop", "--all", "--every-project")
    pgclone.ok("drop", "--worker", "gw1")
    pgclone("drop", "--name", "circ_gw1").expect_error(4, '"circ_gw1"')
    assert "circ_gw1" in server.names()


@pytest.mark.parametrize("kind", FAKE_MARKS)
def test_a_comment_that_only_looks_like_a_mark_protects_the_database(server, pgclone, clone, kind):
    clone()
    real = server.comments()["circ_gw0"]
    fields = json.loads(real[len("pgclone:") :])
    comment = (
        FAKE_MARKS[kind]
        .replace("{mark2}", "pgclone:" + json.dumps({**fields, "v": 2}))
        .replace("{mark}", real)
        .replace("{upper}", "PGCLONE:" + real[len("pgclone:") :])
    )
    server.create_database("circ_gw1")
    server.set_comment("circ_gw1", comment)
    pgclone.ok("drop", "--all", "--every-project")
    pgclone.ok("drop", "--worker", "gw1")
    pgclone.ok("drop", "--run-id", "r1")
    pgclone("drop", "--name", "circ_gw1").expect_error(4)
    pgclone("create", "--template", "circ", "--workers", "2").expect_error(4, '"circ_gw1"')
    assert server.comments().get("circ_gw1") == comment


def test_a_dry_run_says_what_it_would_drop_and_changes_nothing(server, pgclone, clone):
    clone("--workers", "3")
    with server.unchanged():
        planned = pgclone.ok("drop", "--all", "--dry-run")
    assert planned.stdout.splitlines() == [f"would drop circ_gw{n}" for n in range(3)]
    done = pgclone.ok("drop", "--all")
    assert planned.stdout.replace("would drop", "dropped") == done.stdout


def test_lines_are_in_the_workers_natural_order(pgclone, clone):
    clone("--workers", "12")
    lines = pgclone.ok("drop", "--all").stdout.splitlines()
    assert lines == [f"dropped circ_gw{n}" for n in range(12)]


def test_open_sessions_are_ended(server, pgclone, clone):
    clone()
    with server.session("circ_gw0", "tester"):
        pgclone.ok("drop", "--all")
    assert "circ_gw0" not in server.names()


def test_nothing_to_drop_is_success(server, pgclone):
    with server.unchanged():
        for selector in (["--all"], ["--run-id", "none"], ["--worker", "gw9"], ["--all", "--every-project"]):
            result = pgclone.ok("drop", *selector)
            assert result.stdout == ""


def test_a_teardown_without_its_creates_settings_says_whose_the_databases_are(server, pgclone, clone):
    """`create --template circ` and then `drop --all` without it: two projects, and 30 databases left."""
    clone("--workers", "3")
    clone("--project", "shop", "--name", "shop_{worker}", "--run-id", "r1")
    for command in (["drop", "--all"], ["drop", "--worker", "gw0"]):
        with server.unchanged():
            result = pgclone.ok(*command, server=server.url(""))
        assert result.stdout == ""
        assert "nothing to drop" in result.stderr
        for word in ('"test"', '"circ"', '"shop"', "--project"):
            assert word in result.stderr, (word, result.stderr)
    assert " 4 " in pgclone.ok("drop", "--all", server=server.url("")).stderr
    assert '"circ"' not in pgclone.ok("drop", "--run-id", "r1", server=server.url("")).stderr
    assert pgclone.ok("drop", "--all", "-q", server=server.url("")).stderr == ""
    for quiet in (["--stale"], ["--run-id", "r2"], ["--name", "none"]):
        assert "--project" not in pgclone.ok("drop", *quiet, server=server.url("")).stderr
    assert "--project" not in pgclone.ok("drop", "--all").stderr


def test_a_name_that_is_not_there_is_success(server, pgclone):
    with server.unchanged():
        result = pgclone.ok("drop", "--name", "circ_gw7")
    assert "dropped" not in result.stdout


def test_one_unmarked_name_among_marked_ones_stops_them_all(server, pgclone, clone):
    clone("--workers", "2")
    server.create_database("precious")
    with server.unchanged():
        pgclone("drop", "--name", "circ_gw0", "--name", "precious", "--name", "circ_gw1").expect_error(4)


def test_all_takes_an_invalid_database_of_ours(server, pgclone, clone):
    """What an interrupted DROP DATABASE leaves behind (datconnlimit -2) can still be dropped."""
    clone("--workers", "2")
    server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'circ_gw1'")
    states = {row["name"]: row["state"] for row in pgclone.ok("list", "--format", "json").json["databases"]}
    assert states == {"circ_gw0": "ready", "circ_gw1": "invalid"}
    pgclone.ok("drop", "--all")
    assert not {"circ_gw0", "circ_gw1"} & server.names()


def test_64_databases_are_dropped_at_once(server, pgclone, clone):
    names = clone("--workers", "64", "--jobs", "8", timeout=120).databases
    result = pgclone.ok("drop", "--all", timeout=120)
    assert len(result.stdout.splitlines()) == 64
    assert not set(names) & server.names()


def test_a_database_of_ours_that_may_not_be_dropped_is_reported(server, pgclone, clone):
    clone("--workers", "2")
    server.create_role("other")
    server.run("ALTER DATABASE circ_gw0 OWNER TO other")
    result = pgclone("drop", "--all").expect(6, "circ_gw0")
    assert "dropped circ_gw1" in result.stdout.splitlines()
    assert "circ_gw0" in server.names() and "circ_gw1" not in server.names()


SLOW_AUTOVACUUM = {
    "autovacuum_naptime": "1s", "autovacuum_vacuum_cost_delay": "100ms", "autovacuum_vacuum_cost_limit": "1",
    "autovacuum_vacuum_threshold": "1", "autovacuum_vacuum_scale_factor": "0",
}  # fmt: skip
AUTOVACUUM = "SELECT pid FROM pg_stat_activity WHERE datname = 'circ_gw0' AND backend_type = 'autovacuum worker'"


@pytest.mark.core
def test_a_database_in_which_autovacuum_is_at_work_is_dropped_by_an_ordinary_role(own_server, pgclone):
    """WITH (FORCE) takes autovacuum's session for one of a role that is not ours, and refuses."""
    server = own_server(**SLOW_AUTOVACUUM)
    pgclone.ok("create", "--template", "circ", server=server.url("circ"))
    server.query("CREATE TABLE t AS SELECT g FROM generate_series(1, 100000) g; DELETE FROM t WHERE g % 2 = 0",
                 database="circ_gw0", user="tester")  # fmt: skip
    wait_for(lambda: server.query(AUTOVACUUM), "autovacuum comes", 20)
    result = pgclone.ok("drop", "--all", "--template", "circ", server=server.url("circ"))
    assert result.stdout == "dropped circ_gw0\n"
    assert "circ_gw0" not in server.names()


def test_a_superuser_in_the_database_is_said_to_keep_it(server, pgclone):
    pgclone.ok("create", "--template", "circ")
    with server.session("circ_gw0"):
        result = pgclone("drop", "--all", "--template", "circ")
    result.expect(6, "superuser", "circ_gw0")
    assert "circ_gw0" in server.names()
