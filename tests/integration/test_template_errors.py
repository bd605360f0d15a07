"""Templates that cannot be built: what is said, with which exit code, and that nothing is left."""
import re
import time

import pytest
from support.project import LAST, MIGRATE
from support.server import free_port

pytestmark = pytest.mark.core


def closed():
    """A server that nobody can reach: what is refused with it was refused before any connection."""
    return f"postgresql://tester@127.0.0.1:{free_port()}/circ"


@pytest.fixture
def nothing_left(server):
    """After the test the server has the databases that it had before."""
    before = server.names()
    yield
    assert server.names() == before


# -------------------------------------------------------------------- found before any connection


@pytest.mark.parametrize("key", ["sql", "inputs"])
@pytest.mark.parametrize("command", [["template", "build"], ["create"], ["run", "--", "true"]], ids=" ".join)
def test_a_file_that_is_missing_is_named_with_the_settings_line(project, key, command):
    project.usual()
    project.settings(**{"sql": ["schema.sql"], "inputs": ["migrations"], key: ["no such file"]})
    code = 125 if command[0] == "run" else 2
    result = project(*command, server=closed()).expect_error(code, '"no such file"', f"build.{key}")
    assert re.search(r"pgclone\.yaml:[2-7]: ", result.stderr), str(result)
    assert project.runs == 0


def test_a_file_that_is_a_folder_is_no_sql(project):
    project.usual()
    project.settings(["migrations"])
    project("create", server=closed()).expect_error(2, "migrations", "pgclone.yaml:")


def test_a_name_that_is_too_long_is_refused_before_any_connection(server, project):
    """63 bytes are the server's limit, and 13 of them are the fingerprint's."""
    project.base = "b" * 51
    project.usual()
    for command in (["template", "build"], ["create", "--name", "short_{worker}"]):
        project(*command, server=closed()).expect_error(2, "63", "b" * 51)
    project.base = "b" * 50
    project.usual()
    assert len(project.build().encode()) == 63


def test_a_template_without_a_build_cannot_be_built(project):
    for command in ("build", "list", "prune"):
        result = project("template", command, "--template", "circ", server=closed())
        if command == "build":
            result.expect_error(2, "build").has_hint()


def test_a_template_without_a_name_is_refused(server, project, nothing_left):
    """Guard G1: `postgresql://host/` must not build a template of no name, nor make empty databases."""
    project.usual()
    project.settings(["schema.sql"], head="workers: 1")
    for command in (["template", "build"], ["create"]):
        project(*command, server=server.url("")).expect_error(4, "template").has_hint()


def test_serial_mode_builds_nothing(server, project, nothing_left):
    project.usual()
    result = project("create", "--no-create", "--format", "json")
    if result.code == 0:
        assert result.databases == ["circ"]
    assert project.runs == 0


# ----------------------------------------------------------------------------- programs that fail


@pytest.mark.parametrize("quiet", [[], ["-q"]], ids=["normal", "quiet"])
@pytest.mark.parametrize(
    "migrate, says",
    [
        ("echo the trouble is here; exit 7", ("7", "the trouble is here")),
        ("echo killed >&2; kill -9 $$", ("9", "killed")),
        ("psql -Xqc 'SELECT nonsense' -v ON_ERROR_STOP=1", ("nonsense", "status 1")),
        ("exec /no/such/program", ("127",)),
    ],
    ids=["status", "signal", "sql", "missing program"],
)  # fmt: skip
def test_a_command_that_fails_is_shown_and_leaves_nothing(project, nothing_left, migrate, says, quiet):
    project.usual(migrate=migrate)
    project("template", "build", *quiet).expect_error(1, *says)


def test_a_command_that_cannot_be_started_is_named(project, nothing_left):
    project.usual()
    project.settings(command=["/no/such/program", "up"])
    project("create").expect_error(1, "/no/such/program")


def test_a_build_that_fails_fails_create_run_reset_and_serve(server, project, nothing_left):
    project.usual(migrate="echo the trouble is here; exit 7")
    says = ("7", "the trouble is here")
    project("create", "-w", "2").expect_error(1, *says)
    project("reset", "gw0").expect_error(1, *says)
    project("serve").expect(1, *says)
    assert project("run", "--", "touch", "started").expect(125, *says).stdout == ""
    project("run", "--overlap", "--", "sleep", "30").expect(125, *says)
    assert not (project.folder / "started").exists()


def test_a_failure_does_not_stay(server, project):
    """The same files again: what failed for want of a service may work a minute later."""
    project.usual(migrate='test -e fixed || exit 3\n' + MIGRATE)
    project("create").expect_error(1, "3")
    project.write("fixed", "")
    project.ok("create")
    assert project.titles("shelf_gw0") == 4


def test_sql_that_fails_is_told_with_file_and_line(project, nothing_left):
    project.usual()
    project.write("bad.sql", "CREATE TABLE later ();\n\nSELECT nonsense;\n")
    project.settings(["schema.sql", "bad.sql"], ["sh", "migrate.sh"])
    for quiet in ([], ["-q"]):
        project("create", *quiet).expect_error(1, "bad.sql:3", "nonsense")
    assert project.runs == 0, "the command does not run on half a schema"


def test_without_psql_the_message_says_what_to_install(project, nothing_left):
    project.usual()
    for path in ("/no/such/folder", ""):
        result = project("template", "build", env={"PATH": path})
        result.expect_error(1, "psql").has_hint("install")


# ------------------------------------------------------------------------------ what the server says


def test_a_roles_idle_limit_does_not_end_a_build(server, project):
    """pgclone's own session waits for as long as the command works."""
    if server.major >= 14:
        server.run("ALTER ROLE tester SET idle_session_timeout = '1s'")
    try:
        project.usual(migrate=MIGRATE + "sleep 2.5\n")
        project.ok("create")
        assert project.titles("shelf_gw0") == 4 and project.runs == 1
    finally:
        server.run("ALTER ROLE tester RESET ALL")


def test_a_role_that_may_not_make_databases_is_refused(server, project, nothing_left):
    server.create_role("poor", "LOGIN")
    project.usual()
    for command in (["template", "build"], ["create"]):
        project(*command, server=server.url("circ", "poor")).expect_error(6, "poor").has_hint("CREATEDB")
    assert project.runs == 0


@pytest.mark.parametrize("command", [["template", "build"], ["template", "build", "--force"], ["create"]], ids=" ".join)
def test_a_database_that_is_not_ours_keeps_its_name(server, project, command):
    """Somebody made it by hand, a dump restored it: it is neither used nor replaced."""
    project.usual()
    template = project.build()
    project.ok("drop", "--name", template)
    server.create_database(template, sql_text="CREATE TABLE precious ()")
    with server.unchanged():
        project(*command).expect_error(4, template).has_hint()
    assert server.value("SELECT to_regclass('precious') IS NOT NULL", database=template)
    assert project.runs == 1


def test_a_copy_of_a_template_that_was_opened_is_not_taken_for_one(server, project):
    """Marked, but a session sat in it since: whatever is cloned is what was built, or it is refused."""
    project.usual()
    template = project.build()
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", template)
    server.query("DELETE FROM book", database=template, user="tester")
    result = project("create")
    if result.code == 0:
        assert project.titles("shelf_gw0") == 4
    else:
        result.expect_error(4, template).has_hint()


# ------------------------------------------------------------------------------- unruly commands


def test_a_session_left_open_in_the_background_does_not_hold_a_build_up(server, project):
    """A tool's daemon goes on, with a connection in the scratch database."""
    sit = "psql -Xqc 'SELECT pg_sleep(300)' >/dev/null 2>&1 </dev/null &\nsleep 0.3\n"
    project.usual(migrate=MIGRATE + sit)
    started = time.monotonic()
    project.ok("create", timeout=60)
    assert time.monotonic() - started < 20
    assert project.titles("shelf_gw0") == 4
    asleep = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%%pg_sleep(300)%%' AND usename = 'tester'"
    assert not server.query(asleep)


def test_a_background_process_that_holds_the_output_does_not_hold_a_build_up(server, project):
    project.usual(migrate=MIGRATE + "sleep 40 & echo $! >pid\n")
    started = time.monotonic()
    process = project.start("create", stderr=None, stdout=None)
    assert process.wait(30) == 0
    assert time.monotonic() - started < 20


def test_a_command_that_writes_into_its_inputs_once_is_built_under_what_it_wrote(server, project):
    """Rails' schema.rb: the first build writes it, and the next has to find its template."""
    project.usual(migrate=MIGRATE + "echo version 1 >migrations/schema.rb\n")
    project.ok("create")
    assert 1 <= project.runs <= 2
    runs, templates = project.runs, project.templates()
    project.ok("create")
    assert (project.runs, project.templates()) == (runs, templates)
    assert project.titles("shelf_gw0") == 4


def test_a_command_that_always_changes_its_inputs_is_an_error_that_says_so(project, nothing_left):
    project.usual(migrate=MIGRATE + "date +%N >>migrations/log\n")
    result = project("create").expect_error(1, "inputs").has_hint()
    assert "chang" in result.stderr
    assert project.runs <= 3


def test_a_command_that_removes_its_inputs_is_an_error_that_names_them(project, nothing_left):
    project.usual(migrate=MIGRATE + "rm -r migrations\n")
    result = project("create")
    assert result.code in (1, 2), str(result)
    result.expect_error(result.code, "migrations")


DROP = 'psql -Xq -d postgres -c "DROP DATABASE $PGDATABASE"\n'


def test_a_command_that_drops_its_database_is_an_error(project, nothing_left):
    project.usual(migrate=MIGRATE + DROP)
    project("create").expect_error(1, "pgclone_scratch_")


def test_a_command_that_makes_its_database_anew_works(server, project):
    """`rails db:create`, `prisma migrate reset`: dropped, made again, and filled."""
    again = 'psql -Xq -d postgres -c "CREATE DATABASE $PGDATABASE"\npsql -Xqf schema.sql\n'
    project.usual(migrate="set -e\n" + DROP + again + MIGRATE + LAST)
    result = project("create")
    if result.code == 0:
        assert project.titles("shelf_gw0") == 4
        (template,) = project.templates()
        assert project.mark(template)["use"] == "template"
    else:
        result.expect_error(1)
        assert not project.templates()
