"""run: the command's status, surroundings and databases; nothing is left when it has ended."""
import json
import os
import re
import stat

import psycopg2
import pytest
from support.running import Running

pytestmark = pytest.mark.core


@pytest.fixture
def run(pgclone, server):
    """`pgclone run --template circ … -- COMMAND`, which must leave the server as it was."""

    def start(*command, arguments=("-w", "2"), **options):
        before = server.names()
        result = pgclone("run", "--template", "circ", *arguments, "--", *command, **options)
        assert server.names() == before, f"databases were left behind\n{result}"
        return result

    return start


@pytest.mark.parametrize(
    "command, code",
    [
        (["true"], 0),
        (["false"], 1),
        (["sh", "-c", "exit 42"], 42),
        (["sh", "-c", "exit 255"], 255),
        (["sh", "-c", "kill -TERM $$"], 143),
        (["sh", "-c", "kill -KILL $$"], 137),
        (["sh", "-c", "kill -SEGV $$"], 139),
    ],
    ids=["0", "1", "42", "255", "SIGTERM", "SIGKILL", "SIGSEGV"],
)
def test_the_exit_status_is_the_commands(run, command, code):
    result = run(*command)
    assert (result.code, result.stdout) == (code, ""), str(result)
    assert "pgclone: error" not in result.stderr, str(result)


def test_a_command_that_is_not_there_is_127(run, tmp_path):
    run("pgclone-no-such-command").expect_error(127, "pgclone-no-such-command")
    run(str(tmp_path / "missing")).expect_error(127, "missing")
    run("").expect_error(127)


def test_a_command_that_cannot_be_executed_is_126(run, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    run(str(script)).expect_error(126, "script")
    run(str(tmp_path)).expect_error(126)


def test_what_goes_wrong_in_pgclone_itself_is_125(server, pgclone):
    with server.unchanged():
        pgclone("run").expect_error(125, "command").has_hint("--")
        pgclone("run", "--").expect_error(125)
        pgclone("run", "--no-such-option", "--", "true").expect_error(125, "no-such-option")
        pgclone("run", "-w", "none", "--", "true").expect_error(125, "--workers")
        pgclone("run", "--template", "", "--", "true").expect_error(125).has_hint("--template")
        pgclone("run", "--template", "missing", "--", "true").expect_error(125, '"missing"')
        pgclone("run", "--no-create", "-w", "2", "--", "true").expect_error(125, "serial")
        nowhere = f"postgresql:///circ?host={pgclone.folder}"
        pgclone("run", "--", "true", server=nowhere).expect_error(125, "connect")


def test_a_database_of_somebody_elses_is_never_taken(server, run):
    server.create_database("circ_gw1")
    run("true", arguments=["-w", "2", "--name", "circ_{worker}"]).expect_error(125, '"circ_gw1"')


def variables(result):
    assert result.code == 0, str(result)
    return dict(entry.split("=", 1) for entry in result.stdout.split("\0") if entry)


def test_the_command_finds_its_databases_in_the_environment(run):
    seen = variables(run("env", "-0", arguments=["-w", "3"]))
    assert seen["PGCLONE_WORKERS"] == "3"
    assert re.fullmatch(r"[0-9a-f]{8}", seen["PGCLONE_RUN_ID"])
    for number in range(3):
        name = f"circ_{seen['PGCLONE_RUN_ID']}_gw{number}"
        assert f"/{name}" in seen[f"PGCLONE_URL_GW{number}"]
    assert "PGCLONE_URL_GW3" not in seen
    assert seen["PGCLONE_MANIFEST"].startswith("/")


def test_the_run_id_can_be_chosen_and_else_differs_each_time(run):
    seen = variables(run("env", "-0", arguments=["--run-id", "ci-7"]))
    assert seen["PGCLONE_RUN_ID"] == "ci-7"
    assert "circ_ci-7_gw0" in seen["PGCLONE_URL_GW0"]
    ids = {variables(run("env", "-0"))["PGCLONE_RUN_ID"] for _ in range(3)}
    assert len(ids) == 3


def test_each_url_reaches_a_whole_clone_of_its_own(run, server):
    script = "import os, psycopg2\n" + (
        "for n in range(3):\n"
        "    url = os.environ[f'PGCLONE_URL_GW{n}']\n"
        "    with psycopg2.connect(url) as connection, connection.cursor() as cursor:\n"
        "        cursor.execute('SELECT count(*) FROM book')\n"
        "        print(cursor.fetchone()[0])\n"
        "        cursor.execute('DELETE FROM book')\n"
    )
    url = server.url("circ", password="secret word", tcp=True)
    result = run("/usr/bin/python3", "-c", script, arguments=["-w", "3"], server=url)
    assert result.stdout.split() == ["5", "5", "5"], str(result)
    assert "secret" not in result.stderr


def test_the_manifest_is_the_users_alone_and_gone_afterwards(run, server):
    script = 'stat -c %a "$PGCLONE_MANIFEST"; echo "$PGCLONE_MANIFEST"; cat "$PGCLONE_MANIFEST"'
    mode, path, text = run("sh", "-c", script).stdout.split("\n", 2)
    manifest = json.loads(text)
    assert mode == "600"
    assert manifest["pgclone"] == 1
    assert [entry["worker"] for entry in manifest["databases"]] == ["gw0", "gw1"]
    assert {entry["status"] for entry in manifest["databases"]} == {"created"}
    assert not os.path.exists(path)


def test_the_manifest_is_made_where_tmpdir_says(run, tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    seen = variables(run("env", "-0", env={"TMPDIR": str(folder)}))
    assert seen["PGCLONE_MANIFEST"].startswith(f"{folder}/")
    assert not list(folder.iterdir())


def test_a_manifest_that_cannot_be_written_leaves_no_databases(run):
    run("true", env={"TMPDIR": "/no/such/folder"}).expect_error(125, "/no/such/folder")


def test_url_inside_needs_no_other_setting(run, pgclone):
    bare = "cd / && env -u PGCLONE_SERVER"
    for script in (f"{pgclone.binary} url gw1", f"PYTEST_XDIST_WORKER=gw1 {pgclone.binary} url"):
        result = run("sh", "-c", f'{bare} {script} && echo "$PGCLONE_URL_GW1"')
        found, expected = result.stdout.split()
        assert found == expected, str(result)


def test_url_inside_makes_a_database_for_a_worker_that_nobody_announced(run, pgclone, server):
    """A runner that starts more workers than -w said has no reason to fail."""
    inside = run("sh", "-c", f"{pgclone.binary} url gw2")
    assert inside.code == 0 and "_gw2" in inside.stdout, str(inside)
    assert not [name for name in server.catalog() if name.endswith("_gw2")]


def test_url_inside_refuses_what_is_no_worker(run, pgclone):
    run("sh", "-c", f"{pgclone.binary} url nobody").expect_error(2, '"nobody"', "--runner")


def test_standard_input_and_output_are_the_commands(pgclone, tmp_path):
    source = tmp_path / "input"
    source.write_bytes(bytes(range(256)) * 1000)
    with open(source, "rb") as stdin, open(tmp_path / "output", "wb") as stdout:
        process = pgclone.start("run", "--template", "circ", "--", "cat", stdin=stdin, stdout=stdout)
        assert pgclone.finish(process).code == 0
    assert (tmp_path / "output").read_bytes() == source.read_bytes()


def test_the_command_is_in_pgclones_process_group(pgclone):
    """So that Ctrl-C and the shell's job control reach both at once."""
    process = pgclone.start(
        "run", "--template", "circ", "--", "sh", "-c", "ps -o pgid= -p $$", start_new_session=True
    )
    assert pgclone.finish(process).stdout.strip() == str(process.pid)


def test_the_command_inherits_no_connection_and_no_signal_setting(run):
    result = run("sh", "-c", "ls /proc/$$/fd; exec grep -E 'Sig(Blk|Ign)' /proc/self/status")
    lines = result.stdout.split("\n")
    descriptors = {line for line in lines if line.isdigit()}
    # A shell may keep its script open as 10 or above; sockets and pipes of pgclone would be 3 to 9.
    assert not {number for number in descriptors if 3 <= int(number) <= 9}, str(result)
    blocked, ignored = (int(line.split()[1], 16) for line in lines if line.startswith("Sig"))
    assert blocked == 0
    assert ignored & (1 << (13 - 1)) == 0, "SIGPIPE is ignored in the command"


def test_a_password_is_in_no_argument_list(pgclone, server):
    url = server.url("circ", password="secret word", tcp=True)
    with Running(pgclone, "-w", "2", server=url) as running:
        lines = [open(f"/proc/{pid}/cmdline").read() for pid in (running.pid, running.command_pid)]
        assert not [line for line in lines if "secret" in line]
        running.stop()


def test_creation_switched_off_uses_the_configured_database(server, pgclone):
    with server.unchanged():
        result = pgclone.ok("run", "--no-create", "--", "sh", "-c", 'echo "$PGCLONE_URL_GW0"')
        with psycopg2.connect(result.stdout.strip()) as connection:
            assert connection.info.dbname == "circ"
        assert pgclone("run", "--no-create", "--", "sh", "-c", "exit 9").code == 9
        inside = pgclone.ok("run", "--no-create", "--", pgclone.binary, "url")
        assert inside.stdout == result.stdout


def test_list_says_held_while_the_command_runs(pgclone):
    def states():
        rows = pgclone.ok("list", "--template", "circ", "--format", "json").json["databases"]
        return {row["name"]: (row["state"], row["run"]) for row in rows}

    with Running(pgclone, "-w", "2", "--run-id", "r1") as running:
        assert states() == {f"circ_r1_gw{n}": ("held", "r1") for n in range(2)}
        assert stat.S_ISREG(os.stat(running.ready).st_mode)
        running.stop()
    assert states() == {}


def test_empty_databases_can_be_had_as_well(pgclone, server):
    before = server.names()
    result = pgclone("run", "-w", "2", "--", "sh", "-c", 'echo "$PGCLONE_URL_GW1"')
    assert result.code == 0 and "circ_" in result.stdout, str(result)
    assert server.names() == before
