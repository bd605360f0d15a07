"""A `create` inside a run belongs to it: its databases go with the run, are kept with it, and die with it."""
import json
import os
import re
import shlex

import pytest
from support.running import Running
from support.waiting import wait_for, wait_for_statement

pytestmark = pytest.mark.core

RUN = ("-w", "2", "--run-id", "r1")
OWN = {"circ_r1_gw0", "circ_r1_gw1"}
INSIDE = {"shop_r1_gw0", "shop_r1_gw1"}


@pytest.fixture(autouse=True)
def shop(server):
    """Another template than the run's."""
    server.create_database("shop", sql_text="CREATE TABLE item AS SELECT generate_series(1, 3) AS id")


@pytest.fixture
def create(pgclone):
    """The command line of a `create` from the other template, for a shell."""
    return f"{pgclone.binary} create --template shop -w 2"


@pytest.fixture
def run(pgclone):
    def start(script, *arguments, code=0, **options):
        return pgclone("run", "--template", "circ", *RUN, *arguments, "--", "sh", "-c", script, **options).expect(code)

    return start


@pytest.fixture
def before(server, shop):
    return server.names()


def text(path):
    """What is in a file; "" where it is not there."""
    return open(path, encoding="utf-8").read() if os.path.exists(path) else ""


def mark(server, name):
    return json.loads(server.comments()[name].removeprefix("pgclone:"))


# ----------------------------------------------------------------------------------- while it lives


def test_each_serve_inside_has_copies_of_its_own(server, pgclone, run, before):
    """Their names do not meet, whoever else has copies: as where each worker of a test runner has its serve."""
    serve = f"(printf 'take\\ntake\\n'; sleep 1) | {pgclone.binary} serve"
    result = run(f"{serve} & {serve} & wait", "--spares", "2")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len({answer["name"] for answer in answers}) == 4, str(result)
    assert server.names() == before


def test_what_is_created_inside_bears_the_runs_lease(server, pgclone, create, before):
    with Running(pgclone, *RUN, script=f"{create} && touch done && exec sleep 120") as running:
        wait_for(lambda: os.path.exists(f"{pgclone.folder}/done"), "the create inside is done")
        assert server.names() == before | OWN | INSIDE
        own, inside = mark(server, "circ_r1_gw0"), mark(server, "shop_r1_gw0")
        assert inside["lease"] == own["lease"]
        assert (own["project"], inside["project"], inside["inside"]) == ("circ", "shop", "circ")
        assert inside["maker"] != own["lease"] and "maker" not in own
        running.stop()
    assert server.names() == before


def test_nobody_else_drops_it_while_the_run_lives(server, pgclone, create, before):
    with Running(pgclone, *RUN, script=f"{create} && touch done && exec sleep 120") as running:
        wait_for(lambda: os.path.exists(f"{pgclone.folder}/done"), "the create inside is done")
        for selectors in (["--all"], ["--all", "--every-project"], ["--stale"], ["--name", "shop_r1_gw0"]):
            dropped = pgclone.ok("drop", "--template", "shop", *selectors)
            assert "dropped" not in dropped.stdout, str(dropped)
        told = pgclone.ok("drop", "--template", "shop", "--all").stdout.splitlines()
        assert told == [f"kept {name}: {told[0].split(': ', 1)[1]}" for name in sorted(INSIDE)]
        assert 'held by run "r1"' in told[0]
        pgclone("create", "--template", "shop", *RUN).expect_error(4, '"shop_r1_gw0"', '"r1"')
        pgclone.ok("create", "--template", "shop")  # sweeps what is dead
        assert OWN | INSIDE <= server.names()
        running.stop()
    assert not (OWN | INSIDE) & server.names()


def test_list_shows_it_in_its_project_and_in_the_runs(pgclone, run, create):
    for template in ("shop", "circ"):
        listed = run(f"{create} >&2 && {pgclone.binary} list --template {template} --format json").json
        states = {row["name"]: row["state"] for row in listed["databases"]}
        assert states == {name: "held" for name in (INSIDE if template == "shop" else INSIDE | OWN)}


def test_a_create_with_the_runs_own_names_is_refused_and_told_what_to_do(server, run, pgclone, before):
    result = run(f"{pgclone.binary} create -w 2", code=4)
    result.expect_error(4, '"circ_r1_gw0"', '"r1"').has_hint("pgclone url", "pgclone reset", "--template")
    assert server.names() == before


def test_it_can_be_made_again_and_dropped_inside(server, run, pgclone, create, before):
    show = "psql -AtX -d postgres -c \"SELECT count(*) FROM pg_database WHERE datname LIKE 'shop_r1%'\""
    environment = {"PGHOST": server.socket, "PGPORT": str(server.port), "PGUSER": "postgres"}
    script = f"""set -e
        {create} >&2; {create} --format json | grep -o replaced
        {show}; {pgclone.binary} drop --all --template shop; {show}; {create} >&2"""
    lines = run(script, env=environment).stdout.splitlines()
    assert lines[:3] == ["replaced", "replaced", "2"]
    assert lines[3:] == [f"dropped {name}" for name in sorted(INSIDE)] + ["0"]
    assert server.names() == before


def test_drop_inside_leaves_what_the_run_itself_has_made(run, pgclone, create):
    dropped = run(f"{create} >&2 && {pgclone.binary} drop --all")
    told = [line.split(":")[0] for line in dropped.stdout.splitlines()]
    assert told == [f"kept {name}" for name in sorted(OWN)] + [f"dropped {name}" for name in sorted(INSIDE)]


# ----------------------------------------------------------------------------------------- its end


@pytest.mark.parametrize("end", ["true", "exit 3", "kill -TERM $PPID; sleep 3"])
def test_it_goes_with_the_run_however_the_command_ends(server, run, create, before, end):
    code = {"true": 0, "exit 3": 3}.get(end, 143)
    run(f"{create} && {create} --template circ --name 'more_{{worker}}' && {end}", code=code)
    assert server.names() == before


def test_a_create_that_is_still_at_work_ends_with_the_run(server, pgclone, large_template, before):
    """Otherwise it would bring databases to life of which nobody knows any more."""
    script = f"({pgclone.binary} create --template large -w 2; echo $? >ended) & exec sleep 120"
    with Running(pgclone, *RUN, script=script) as running:
        wait_for_statement(server, 'CREATE DATABASE "pgclone_scratch%" TEMPLATE "large"')
        result = running.stop()
        assert "warning" not in result.stderr, str(result)
        wait_for(lambda: text(f"{pgclone.folder}/ended"), "the create inside gives up")
        assert text(f"{pgclone.folder}/ended") in ("1\n", "3\n", "143\n")
    assert server.names() == before


def test_a_create_that_waits_ends_with_the_run(server, pgclone, create, before):
    with server.session("shop"):
        script = f"({create} --wait 100; echo $? >ended) & sleep 1"
        pgclone.ok("run", "--template", "circ", *RUN, "--", "sh", "-c", script)
        wait_for(lambda: text(f"{pgclone.folder}/ended"), "the create inside gives up")
        assert text(f"{pgclone.folder}/ended") == "3\n"
    assert server.names() == before


@pytest.mark.parametrize("option", [None, "--keep", "--keep-on-failure"])
def test_what_a_create_that_was_killed_inside_has_left_goes_with_the_run(
    server, pgclone, large_template, before, option
):
    script = f"""{pgclone.binary} create --template large -w 4 & inside=$!
        until [ -e kill ]; do sleep 0.01; done; kill -9 $inside; exit 3"""
    options = [option] if option else []
    with Running(pgclone, *RUN, *options, script=script) as running:
        wait_for_statement(server, 'CREATE DATABASE "pgclone_scratch%" TEMPLATE "large"')
        open(f"{pgclone.folder}/kill", "w", encoding="utf-8").close()
        result = running.wait()
        assert result.code == 3 and "warning" not in result.stderr, str(result)
    assert server.names() == before | (OWN if option else set())


def test_a_run_that_has_lost_its_connection_is_waited_for(server, pgclone, run, before):
    """It regains its lease in a moment, and what was made meanwhile would be nobody's."""
    end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pgclone'"
    environment = {"PGHOST": server.socket, "PGPORT": str(server.port), "PGUSER": "postgres"}
    for _ in range(3):
        script = f'psql -AtX -d postgres -c "{end}" >&2; {pgclone.binary} create --template shop -w 2 -v'
        result = run(script, env=environment)
        assert "belong to the run" in result.stderr and "do not" not in result.stderr, str(result)
        assert server.names() == before


@pytest.mark.parametrize("next_call", [
    ["create", "--template", "shop", "-w", "1", "--name", "other"],
    ["create", "--template", "circ", "-w", "1", "--name", "other"],
    ["run", "--template", "circ", "--", "true"],
    ["drop", "--template", "circ", "--all"],
    ["drop", "--template", "shop", "--stale"],
])  # fmt: skip
def test_it_is_swept_after_a_run_that_was_killed(server, pgclone, create, before, next_call):
    """By the next call of its own project, and by that of the run's."""
    with Running(pgclone, *RUN, script=f"{create} && touch done && exec sleep 120") as running:
        wait_for(lambda: os.path.exists(f"{pgclone.folder}/done"), "the create inside is done")
        running.kill()
        assert INSIDE <= server.names()
        pgclone.ok(*next_call)
        assert not INSIDE & server.names()
    pgclone.ok("drop", "--all", "--every-project")
    assert server.names() == before


def test_a_create_that_fails_inside_takes_back_its_own_and_nothing_else(server, pgclone, run, create, before):
    server.create_database("shop_r1_gw1", owner="postgres")
    taken = server.names()
    script = f"{create}; echo $?; {pgclone.binary} list --format json"
    code, listed = run(script).stdout.split("\n", 1)
    assert code == "4"
    assert {row["name"] for row in json.loads(listed)["databases"]} == OWN
    assert server.names() == taken


def test_the_run_that_a_lease_names_must_live(server, pgclone, clone, before):
    """The variable may have outlived the run, in a shell that exported it."""
    stale = {"PGCLONE_LEASE": "00000000000000a1:circ"}
    made = pgclone.ok("create", "--template", "shop", "-v", env=stale)
    assert "do not belong to the run" in made.stderr, str(made)
    assert "inside" not in mark(server, "shop_gw0")
    pgclone.ok("create", "--template", "circ")
    assert "shop_gw0" in server.names()


def test_a_lease_that_is_none_is_told(server, pgclone):
    with server.unchanged():
        for value in ("nonsense", "00000000000000a1", "00000000000000A1:x", "0000000000000000:x"):
            for command in (["create"], ["drop", "--all"]):
                wrong = pgclone(*command, "--template", "shop", env={"PGCLONE_LEASE": value})
                wrong.expect_error(2, "PGCLONE_LEASE").has_hint("unset")


def test_another_server_knows_nothing_of_the_run(own_server, server, pgclone, run, before):
    """What is made there is a plain create's."""
    other = own_server()
    other.create_database("elsewhere")
    url = other.url("elsewhere")
    result = run(f"{pgclone.binary} create --server '{url}' --template elsewhere -v")
    assert "do not belong to the run" in result.stderr, str(result)
    assert "elsewhere_r1_gw0" in other.names()
    assert server.names() == before


def test_what_another_role_makes_inside_hinders_nothing_else(server, pgclone, run, before):
    """The run may not drop it, and says so; everything else goes."""
    server.create_role("stranger", "LOGIN CREATEDB")
    server.create_database("strange", owner="stranger")
    url = server.url("strange", "stranger")
    result = run(f"{pgclone.binary} create --server '{url}' --template strange -w 2 >&2")
    assert "warning: could not drop" in result.stderr and '"strange_r1_gw0"' in result.stderr, str(result)
    assert server.names() == before | {"strange", "strange_r1_gw0", "strange_r1_gw1"}
    pgclone.ok("drop", "--stale", "--template", "strange", server=url)
    assert server.names() == before | {"strange"}


# ---------------------------------------------------------------------------------------- keeping


@pytest.mark.parametrize("option", ["--keep", "--keep-on-failure"])
def test_it_is_kept_with_the_run(server, pgclone, run, create, before, option):
    result = run(f"{create} >&2; exit 3", option, code=3)
    kept = re.findall(r"kept \S*/(\w+)", result.stderr)
    assert set(kept) == OWN | INSIDE and len(kept) == 4, str(result)
    for project in ("circ", "shop"):
        pgclone.ok("run", "--template", project, "--run-id", "r2", "--", "true")
        pgclone.ok("drop", "--stale", "--template", project)
    assert server.names() == before | OWN | INSIDE
    rows = pgclone.ok("list", "--template", "shop", "--format", "json").json["databases"]
    assert {row["state"] for row in rows} == {"ready"}
    line = next(line for line in result.stderr.splitlines() if "pgclone drop" in line)
    pgclone.ok(*shlex.split(line[line.index("pgclone drop") :])[1:])
    assert server.names() == before


@pytest.mark.parametrize("option", ["--keep", "--keep-on-failure"])
def test_how_to_drop_what_was_given_another_run_id_is_said(server, pgclone, run, create, before, option):
    result = run(f"{create} --run-id mine >&2; exit 3", option, code=3)
    assert {"shop_mine_gw0", "shop_mine_gw1"} <= server.names()
    for line in result.stderr.splitlines():
        if "pgclone drop" in line:
            pgclone.ok(*shlex.split(line[line.index("pgclone drop") :])[1:])
    assert server.names() == before


@pytest.mark.parametrize("option", ["--keep", "--keep-on-failure"])
def test_a_worker_that_came_later_is_kept_as_well(server, pgclone, run, before, option):
    """pytest-xdist replaces a crashed gw0 by gw4: its rows are those that one wants to see."""
    result = run(f"{pgclone.binary} url gw9 >&2; exit 3", option, code=3)
    expected = OWN | {"circ_r1_gw9"}
    kept = re.findall(r"kept \S*/(\w+)", result.stderr)
    assert kept == sorted(expected), str(result)
    pgclone.ok("create", "--template", "circ", "-w", "1", "--name", "other")
    pgclone.ok("drop", "--stale", "--template", "circ")
    assert server.names() == before | expected | {"other"}
    assert int(mark(server, "circ_r1_gw9")["lease"], 16) % 2 == 0


def test_copies_are_not_kept(server, pgclone, run, before):
    result = run(f"{pgclone.binary} create --name mine >&2", "--keep", "--spares", "2")
    assert "mine" not in re.findall(r"kept \S*/(\w+)", result.stderr)
    assert server.names() == before | OWN


# ------------------------------------------------------------------------------- what is said of it


def lines(result, verb):
    """The databases of the lines that `-v` prints with that verb."""
    return re.findall(rf"^pgclone: {verb} database \"([^\"]+)\"", result.stderr, re.MULTILINE)


def test_verbose_names_what_is_dropped_at_the_end(run, create):
    result = run(f"{create} >&2", "-v")
    assert sorted(lines(result, "dropped")) == sorted(OWN | INSIDE), str(result)
    assert not lines(run(f"{create} >&2"), "dropped")


def test_verbose_names_what_drop_drops(pgclone, clone):
    clone("-w", "2")
    result = pgclone.ok("drop", "--all", "--template", "circ", "-v")
    assert lines(result, "dropped") == ["circ_gw0", "circ_gw1"], str(result)
    assert result.stdout == "dropped circ_gw0\ndropped circ_gw1\n"


@pytest.mark.parametrize("command", ["create", "run"])
def test_verbose_names_what_is_swept(pgclone, create, command):
    with Running(pgclone, *RUN, script=f"{create} && touch done && exec sleep 120") as running:
        wait_for(lambda: os.path.exists(f"{pgclone.folder}/done"), "the create inside is done")
        running.kill()
        rest = ["--", "true"] if command == "run" else []
        result = pgclone.ok(command, "--template", "circ", "--run-id", "r2", "-v", *rest)
        assert sorted(lines(result, "swept")) == sorted(OWN | INSIDE), str(result)
