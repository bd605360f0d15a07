"""run --keep and --keep-on-failure: the databases stay, and it says how to reach and drop them."""
import shlex

import pytest
from support.running import Running

pytestmark = pytest.mark.core
NAMES = {"circ_r1_gw0", "circ_r1_gw1"}


@pytest.fixture
def run(pgclone):
    def start(*options, command=("true",), code=0, **more):
        arguments = ["--template", "circ", "-w", "2", "--run-id", "r1", *options]
        result = pgclone("run", *arguments, "--", *command, **more)
        assert result.code == code, str(result)
        return result

    return start


def test_keep_leaves_them_and_prints_their_urls(server, pgclone, run):
    result = run("--keep", command=("sh", "-c", "exit 3"), code=3)
    assert NAMES <= server.names()
    for name in NAMES:
        assert f"/{name}" in result.stderr, str(result)
        assert server.value("SELECT count(*) FROM book", database=name) == 5
    assert result.stdout == ""


def test_keep_on_failure_leaves_them_only_then(server, run):
    run("--keep-on-failure")
    assert not NAMES & server.names()
    result = run("--keep-on-failure", command=("false",), code=1)
    assert NAMES <= server.names()
    assert "circ_r1_gw1" in result.stderr and "pgclone drop" in result.stderr, str(result)


def test_keep_on_failure_counts_a_command_that_could_not_be_started(server, run):
    run("--keep-on-failure", command=("pgclone-no-such-command",), code=127)
    assert NAMES <= server.names()


def test_keep_on_failure_counts_a_command_that_a_signal_ended(server, pgclone):
    with Running(pgclone, "-w", "2", "--run-id", "r1", "--keep-on-failure") as running:
        assert running.stop().code == 143
    assert NAMES <= server.names()


def test_passwords_are_masked_in_what_it_prints(server, run):
    url = server.url("circ", password="secret word", tcp=True)
    for option in ("--keep", "--keep-on-failure"):
        result = run(option, command=("false",), code=1, server=url)
        assert "secret" not in result.stderr and "***" in result.stderr, str(result)


@pytest.mark.parametrize("option", ["--keep", "--keep-on-failure"])
def test_the_printed_command_drops_them(server, pgclone, run, option):
    result = run(option, "--project", "a shop's", command=("false",), code=1)
    line = next(line for line in result.stderr.splitlines() if "pgclone drop" in line)
    words = shlex.split(line[line.index("pgclone drop") :])
    # `base` comes from the server's URL, so this works without --template as well.
    pgclone.ok(*words[1:])
    assert not NAMES & server.names()


@pytest.mark.parametrize("option", ["--keep", "--keep-on-failure"])
def test_no_later_call_sweeps_them(server, pgclone, run, option):
    run(option, command=("false",), code=1)
    pgclone.ok("run", "--template", "circ", "--", "true")
    pgclone.ok("create", "--template", "circ", "--run-id", "r2")
    pgclone.ok("drop", "--stale", "--template", "circ")
    pgclone.ok("drop", "--stale", "--every-project", "--template", "circ")
    assert NAMES <= server.names()
    pgclone.ok("drop", "--stale", "--older-than", "1s", "--template", "circ", "--run-id", "r3")
    assert NAMES <= server.names()


@pytest.mark.parametrize("option", ["--keep", "--keep-on-failure"])
def test_kept_databases_are_ready_and_no_longer_held(server, pgclone, run, option):
    run(option, command=("false",), code=1)
    rows = pgclone.ok("list", "--template", "circ", "--format", "json").json["databases"]
    assert {(row["name"], row["state"], row["run"]) for row in rows} == {
        (name, "ready", "r1") for name in NAMES
    }


def test_the_same_run_again_replaces_what_was_kept(server, run):
    run("--keep", command=("false",), code=1)
    server.query("DELETE FROM book", database="circ_r1_gw0", user="tester")
    run("--keep")
    assert server.value("SELECT count(*) FROM book", database="circ_r1_gw0") == 5


def test_kept_databases_are_kept_while_they_are_still_in_use(server, run):
    """--keep after a Ctrl-C in a debugger: somebody is connected, and stays so."""
    with server.session(user="tester") as session, session.cursor() as cursor:
        run("--keep")
        cursor.execute("SELECT 1")
    assert NAMES <= server.names()
