"""What goes to standard output, files and standard error, and what never does."""
import json
import os
import pty
import re
import stat
import subprocess
from urllib.parse import quote

import psycopg2
import pytest
from support.server import url_for
from support.waiting import locked, wait_for_statement

PASSWORD = "sEcret/p'w 100%"


@pytest.fixture
def with_password(server, pgclone):
    """pgclone over TCP, as a role whose password must not leak."""
    server.create_role("holder", "LOGIN CREATEDB", password=PASSWORD)
    server.create_database("held", owner="holder", sql_text="CREATE TABLE book (title text)")
    pgclone.server = server.url("held", "holder", PASSWORD, tcp=True)
    return pgclone


def leaks(text):
    return PASSWORD in text or quote(PASSWORD, safe="") in text or PASSWORD.split("/")[0] in text


def test_text_is_worker_name_and_url_with_the_password_masked(server, with_password):
    result = with_password.ok("create", "--clone", "-w", "2")
    assert [row[:2] for row in result.rows] == [["gw0", "held_gw0"], ["gw1", "held_gw1"]]
    for row in result.rows:
        assert row[2].startswith("postgresql://holder:***@127.0.0.1:")
        assert row[2].split("?")[0].endswith("/" + row[1])
    assert not leaks(result.stdout)
    assert result.stderr == ""


def test_env_is_evaluated_by_sh(server, with_password):
    server.create_database("it's $(touch x) `y`", owner="holder")
    output = with_password.ok(
        "create", "--format", "env", "-w", "2", "--run-id", "r 1'", "--clone",
        "--template", "it's $(touch x) `y`",
    ).stdout  # fmt: skip
    script = output + (
        'printf "%s\\n" "$PGCLONE_URL_GW0" "$PGCLONE_URL_GW1" "$PGCLONE_RUN_ID" "$PGCLONE_WORKERS"'
    )
    for shell in ("sh", "bash"):
        ran = subprocess.run(
            [shell, "-eu", "-c", script], capture_output=True, text=True, check=True, timeout=20
        )
        one, two, run_id, workers = ran.stdout.splitlines()
        assert (run_id, workers) == ("r 1'", "2")
        for url in (one, two):
            with psycopg2.connect(url) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT current_database()")
                assert "$(touch x) `y`_r 1'_gw" in cursor.fetchone()[0]
            connection.close()


@pytest.mark.parametrize(
    "runner, names",
    [("jest", ["PGCLONE_URL_1", "PGCLONE_URL_2"]), ("parallel-tests", ["PGCLONE_URL_1", "PGCLONE_URL_2"])],
)
def test_env_names_follow_the_runners_ids(pgclone, runner, names):
    output = pgclone.ok("create", "--format", "env", "--runner", runner, "-w", "2").stdout
    assert [line.split("=")[0] for line in output.splitlines() if "URL" in line] == names


def test_json_and_url_carry_the_real_password(server, with_password):
    url = with_password.create("--clone").urls["gw0"]
    psycopg2.connect(url).close()
    assert with_password.ok("url", "--clone").stdout == url + "\n"


def test_github_appends_to_its_file_and_masks_the_password(server, with_password, tmp_path):
    target = tmp_path / "github_env"
    target.write_text("BEFORE=1\n")
    result = with_password.ok(
        "create", "--clone", "-w", "2", "--format", "github", env={"GITHUB_ENV": str(target)}
    )
    lines = target.read_text().splitlines()
    assert lines[0] == "BEFORE=1"
    values = dict(line.split("=", 1) for line in lines[1:])
    psycopg2.connect(values["PGCLONE_URL_GW1"]).close()
    assert values["PGCLONE_WORKERS"] == "2"
    masks = [line for line in result.stdout.splitlines() if line.startswith("::add-mask::")]
    assert masks
    assert all(line.startswith("::") for line in result.stdout.splitlines())
    assert not leaks(result.stderr)


def test_github_masks_every_password_of_the_url(server, with_password, tmp_path):
    """libpq has a second one, of the client's key; it stands in the URLs, too."""
    with_password.server += "&" if "?" in with_password.server else "?"
    with_password.server += "sslpassword=" + quote("of the/key", safe="")
    env = {"GITHUB_ENV": str(tmp_path / "github_env")}
    result = with_password.ok("create", "--clone", "--format", "github", env=env)
    assert "sslpassword=of%20the%2Fkey" in (tmp_path / "github_env").read_text()
    masks = {line.removeprefix("::add-mask::") for line in result.stdout.splitlines()}
    encoded = [quote(secret, safe="").replace("%", "%25") for secret in (PASSWORD, "of the/key")]
    assert masks >= {PASSWORD.replace("%", "%25"), "of the/key", *encoded}


def test_github_without_its_file_is_a_usage_error(server, pgclone):
    with server.unchanged():
        pgclone("create", "--format", "github").expect_error(2, "GITHUB_ENV")


def test_o_writes_a_file_that_only_its_owner_reads(pgclone, tmp_path):
    target = tmp_path / "workers.json"
    target.write_text("old")
    target.chmod(0o644)
    old_umask = os.umask(0)
    try:
        result = pgclone.ok("create", "--format", "json", "-o", str(target))
    finally:
        os.umask(old_umask)
    assert result.stdout == ""
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert json.loads(target.read_text())["databases"][0]["name"] == "circ_gw0"
    assert sorted(os.listdir(tmp_path)) == ["workers.json"], "no temporary file is left"


def test_o_into_a_folder_that_is_not_there_is_found_before_any_work(server, pgclone, tmp_path):
    with server.unchanged():
        result = pgclone("create", "-o", str(tmp_path / "none" / "x.json"))
    result.expect_error(result.code, str(tmp_path / "none"))
    assert result.code in (1, 2)


def test_o_keeps_the_old_file_when_create_fails(server, pgclone, tmp_path):
    target = tmp_path / "workers.json"
    target.write_text("old")
    pgclone("create", "--template", "none", "-o", str(target)).expect_error(1)
    assert target.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["workers.json"]


def test_a_full_disk_on_standard_output_is_an_error(server, pgclone):
    with open("/dev/full", "w") as full:
        for arguments in (["create"], ["list"], ["url"], ["--help"], ["create", "--help"], ["--version"]):
            result = pgclone(*arguments, stdout=full)
            result.expect(1, "could not write", "standard output")


def test_a_closed_standard_output_is_an_error(server, pgclone):
    binary = pgclone.binary
    for arguments in ("create", "url", "--version"):
        ran = subprocess.run(
            ["sh", "-c", f'exec "$0" {arguments} >&-', binary], capture_output=True, text=True,
            env=pgclone.environment(), cwd=pgclone.folder, timeout=30,
        )  # fmt: skip
        assert ran.returncode == 1, (arguments, ran)
        assert "standard output" in ran.stderr


def test_the_password_never_reaches_standard_error_or_the_servers_log(server, with_password):
    position = server.log_position()
    result = with_password.ok("create", "--clone", "-w", "2", "-vv")
    assert "CREATE DATABASE" in result.stderr
    assert not leaks(result.stderr)
    again = with_password("create", "--clone", "--template", "none", "-vv").expect(1)
    assert not leaks(again.stderr)
    dropped = with_password.ok("drop", "--all", "-vv")
    assert not leaks(dropped.stderr + dropped.stdout)
    assert not leaks(server.log_since(position))


@pytest.mark.parametrize("source", ["environment", "flag", "PGPASSWORD"])
def test_the_password_is_not_in_the_process_list(server, with_password, source):
    url, arguments, env = with_password.server, [], {}
    if source == "flag":
        arguments, url = ["--server", url], None
    elif source == "PGPASSWORD":
        url = url_for("holder", "held", host="127.0.0.1", port=server.port)
        env = {"PGPASSWORD": PASSWORD}
    with locked(server, "pg_database"):
        process = with_password.start("create", "--clone", *arguments, server=url, env=env)
        wait_for_statement(server, "CREATE DATABASE", waiting=True, user="holder")
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            line = file.read().decode()
    with_password.finish(process).expect(0)
    assert not leaks(line), f"the argument list shows it: {line!r}"


def test_a_url_with_a_mistake_does_not_show_its_password(pgclone):
    for url in (
        "postgresql://u:hunter2@host/db?nonsense=1",
        "host=x password=hunter2 nonsense",
        "postgresql://u:hunter2%zz@host/db",
    ):
        result = pgclone("create", server=url).expect_error(2, "PGCLONE_SERVER")
        assert "hunter2" not in result.stderr, str(result)


def test_a_port_that_is_no_number_is_a_mistake_in_the_settings(pgclone):
    """Trying again (exit code 3) would not help."""
    result = pgclone("create", server="postgresql://u:hunter2@host:port/db", env={"PGCLONE_WAIT": "1"})
    result.expect_error(2, "PGCLONE_SERVER", "port")
    assert "hunter2" not in result.stderr


def test_quiet_leaves_errors_only(server, pgclone):
    assert pgclone.ok("create", "-q").stderr == ""
    pgclone("create", "--template", "none", "-q").expect(1, "pgclone: error: ")


def test_verbose_says_a_line_per_database_and_debug_each_statement(server, pgclone):
    verbose = pgclone.ok("create", "--clone", "-w", "3", "-v").stderr
    for name in ("circ_gw0", "circ_gw1", "circ_gw2"):
        assert name in verbose
    assert "COMMENT ON DATABASE" not in verbose
    assert "COMMENT ON DATABASE" in pgclone.ok("create", "--clone", "-vv").stderr


# list


def test_list_is_tab_separated_without_a_heading_for_scripts(server, pgclone, clone):
    clone("--workers", "2", "--run-id", "r1")
    rows = pgclone.ok("list", "--template", "circ").rows
    assert [row[:4] for row in rows] == [
        ["gw0", "circ_r1_gw0", "r1", "ready"],
        ["gw1", "circ_r1_gw1", "r1", "ready"],
    ]
    assert {len(row) for row in rows} == {7}
    assert int(rows[0][5]) > 1_000_000
    with server.session("circ_r1_gw1", "tester"):
        rows = pgclone.ok("list", "--template", "circ").rows
    assert [row[4] for row in rows] == ["0", "1"]


def test_list_as_json_has_the_same_fields(pgclone, clone):
    clone("--run-id", "r1")
    (row,) = pgclone.ok("list", "--template", "circ", "--format", "json").json["databases"]
    assert {"project", "worker", "name", "run", "state", "sessions", "size", "created"} == set(row)
    assert row["project"] == "circ"
    assert (row["worker"], row["name"], row["run"], row["state"]) == ("gw0", "circ_r1_gw0", "r1", "ready")


def test_list_shows_this_project_only(pgclone, clone):
    clone()
    clone("--project", "shop", "--name", "shop_{worker}")
    assert [row[1] for row in pgclone.ok("list").rows] == ["circ_gw0"]
    assert [row[1] for row in pgclone.ok("list", "--project", "shop").rows] == ["shop_gw0"]


def test_list_of_every_project_says_whose_each_is_and_sorts_as_people_count(pgclone, clone):
    clone("--project", "shop", "--name", "a_{worker}")
    clone("--workers", "11")
    rows = pgclone.ok("list", "--every-project").rows
    assert [row[:3] for row in rows] == [
        *(["circ", f"gw{n}", f"circ_gw{n}"] for n in range(11)),
        ["shop", "gw0", "a_gw0"],
    ]
    assert {len(row) for row in rows} == {8}
    listed = pgclone.ok("list", "--every-project", "--format", "json").json["databases"]
    assert [[row["project"], row["worker"], row["name"]] for row in listed] == [row[:3] for row in rows]
    shown, code = on_terminal(pgclone, "list", "--every-project", env={"TERM": "xterm"})
    assert (code, shown.split()[:3]) == (0, ["PROJECT", "WORKER", "NAME"])


def test_list_of_another_project_says_whose_the_databases_are(pgclone, clone):
    clone("--workers", "2")
    result = pgclone.ok("list", "--project", "shop")
    assert result.stdout == ""
    for word in ('"shop"', '"circ"', " 2 ", "--project", "--every-project"):
        assert word in result.stderr, (word, result.stderr)
    assert pgclone.ok("list", "--project", "shop", "-q").stderr == ""
    assert pgclone.ok("list").stderr == ""


def test_list_of_nothing_is_empty(pgclone):
    result = pgclone.ok("list")
    assert result.stdout == ""
    assert pgclone.ok("list", "--format", "json").json["databases"] == []


def on_terminal(pgclone, *arguments, env=None):
    """Runs with standard output and error on a terminal; what it shows, and the exit code."""
    leader, follower = pty.openpty()
    process = pgclone.start(*arguments, stdout=follower, stderr=follower, env=env)
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(leader)
    return shown.decode(), process.wait(30)


def test_list_on_a_terminal_has_a_heading_and_columns(server, pgclone, clone):
    clone("--workers", "2")
    shown, code = on_terminal(pgclone, "list", env={"TERM": "xterm"})
    assert code == 0
    heading, *rows = shown.splitlines()
    assert heading.split() == ["WORKER", "NAME", "RUN", "STATE", "SESSIONS", "SIZE", "CREATED"]
    assert len(rows) == 2 and "\t" not in shown
    assert rows[0].index("circ_gw0") == heading.index("NAME")
    assert all(re.search(r"\x1b\[32mready\x1b\[0m .* \d+ s ago$", row) for row in rows)


def test_a_dumb_terminal_and_no_color_get_plain_text(pgclone, clone):
    clone()
    for env in ({"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}):
        shown, code = on_terminal(pgclone, "list", env=env)
        assert code == 0 and "\x1b" not in shown


# Help and version


def test_help_and_version_go_to_standard_output(pgclone):
    assert pgclone.ok("--version", server=None).stdout.startswith("pgclone ")
    overview = pgclone.ok("--help", server=None).stdout
    for command in ("create", "drop", "list", "url"):
        assert command in overview
        text = pgclone.ok(command, "--help", server=None).stdout
        assert "--server" in text
        assert pgclone.ok("help", command, server=None).stdout == text


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["create", "--nonsense"], ["create", "extra"], ["create", "--workers"],
     ["list", "--format", "nonsense"], ["create", "--no-workers"], ["help", "nonsense"]],
)  # fmt: skip
def test_usage_errors_end_with_2_and_say_where_help_is(pgclone, arguments):
    result = pgclone(*arguments).expect(2)
    assert result.stdout == ""
    assert "--help" in result.stderr or "help" in result.stderr


def test_a_misspelt_command_or_option_gets_a_suggestion(pgclone):
    pgclone("craete").expect(2, "create")
    pgclone("create", "--worker-s", "2").expect(2, "--workers")


def test_nothing_is_abbreviated(server, pgclone):
    with server.unchanged():
        pgclone("drop", "--al").expect_error(2, '"--al"').has_hint("--all")
        pgclone("create", "--work", "2").expect_error(2, '"--work"').has_hint("--workers")


def test_a_setting_that_a_command_does_not_use_is_refused(server, pgclone, clone):
    """But it may stand where all commands look: in the environment and in YAML."""
    clone("--workers", "2")
    with server.unchanged():
        result = pgclone("drop", "--workers", "2").expect_error(2, "drop", "--workers")
        result.has_hint('did you mean "--worker"')
        pgclone("list", "--owner", "x").expect_error(2, "list", "--owner")
    env = {"PGCLONE_WORKERS": "2", "PGCLONE_OWNER": "nobody"}
    assert len(pgclone.ok("list", env=env).rows) == 2
    assert "--owner" not in pgclone.ok("list", "--help").stdout


def test_a_flag_that_takes_no_value_is_given_none(server, pgclone):
    with server.unchanged():
        pgclone("drop", "--all=yes").expect_error(2, '"--all" takes no value')
        pgclone("create", "-w").expect_error(2, '"-w" needs a value')


def test_options_stand_before_the_command(server, pgclone):
    url = pgclone.server
    assert len(pgclone.ok("--server", url, "-w", "2", "create", server=None).rows) == 2
    assert len(pgclone.ok("--format=json", "list", server=url).json["databases"]) == 2
    assert pgclone.ok("-vv", "drop", "--all").stdout == "dropped circ_gw0\ndropped circ_gw1\n"
    assert "Usage: pgclone create" in pgclone.ok("--help", "create").stdout


def test_options_stand_anywhere_and_with_or_without_equals_sign(pgclone):
    assert len(pgclone.create("--workers=2").databases) == 2
    assert len(pgclone.create("-w2").databases) == 2
    assert len(pgclone.ok("create", "-w", "3").rows) == 3
