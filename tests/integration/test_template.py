"""Templates made from files and a command: how a build goes, and what is there afterwards."""
import json
import re

import psycopg2
import pytest
from support.handout import Serve
from support.project import SCHEMA

pytestmark = pytest.mark.core
TELL = "import json, os, sys; json.dump(dict(os.environ, FOLDER=os.getcwd()), open('told.json', 'w'))"


def told(project):
    return json.loads((project.folder / "told.json").read_text())


# ------------------------------------------------------------------------------------- the recipe


def test_sql_files_alone_make_a_template(server, project):
    """In their order and in one session: what one sets up, the next may use."""
    project.write("schema.sql", SCHEMA + "CREATE TEMPORARY TABLE draft AS SELECT 4 AS id;")
    project.write("data.sql", "INSERT INTO book SELECT id, 'The Last Man' FROM draft;")
    project.settings(["schema.sql", "data.sql"])
    template = project.build()
    assert project.content(template, "SELECT string_agg(title, ',' ORDER BY 1) FROM book").count(",") == 3


def test_a_sql_file_includes_what_is_beside_it(server, project):
    """`\\i` counts from the project, `\\ir` from the file: `psql -f` has both, and dumps use them."""
    project.write("db/schema.sql", "\\i db/tables.sql\n\\ir data.sql\n")
    project.write("db/tables.sql", "CREATE TABLE book (book_id integer, title text);\n")
    project.write("db/data.sql", "COPY book FROM stdin;\n1\tMoby-Dick\n\\.\n")
    project.settings(["db/schema.sql"], inputs=["db"])
    assert project.content(project.build(), "SELECT count(*) FROM book") == 1


def test_the_users_own_psqlrc_does_not_bend_a_build(server, project, tmp_path):
    (tmp_path / ".psqlrc").write_text("\\set ON_ERROR_STOP 0\nCREATE TABLE stray ();\n\\set AUTOCOMMIT off\n")
    project.usual()
    assert project.content(project.build(), "SELECT to_regclass('stray') IS NULL AND count(*) = 4 FROM book")


@pytest.mark.parametrize("shell", [False, True], ids=["list", "shell"])
def test_a_command_alone_makes_a_template(server, project, shell):
    """A list is taken as it stands; a string goes through the shell, with pipes and all."""
    sql = "CREATE TABLE book AS SELECT '$HOME | \"x\"' AS title"
    if shell:
        project.write("it.sql", sql)
        command = "cat it.sql | psql -Xq && test -n \"$PGDATABASE\""
    else:
        command = ["psql", "-Xqc", sql.replace("$", "$$")]  # pgclone.yaml's own way to say $
    project.settings(command=command)
    assert project.content(project.build(), "SELECT title FROM book") == '$HOME | "x"'


def test_the_command_runs_behind_the_sql_files(server, project):
    project.usual()
    assert project.content(project.build(), "SELECT count(*) FROM book") == 4
    assert project.runs == 1


def test_the_command_is_told_where_its_database_is(server, project):
    """Whatever the tool reads, a URL or libpq's variables; the caller's own must not lead it astray."""
    project.settings(command=["/usr/bin/python3", "-c", TELL])
    project.build(env={"PGDATABASE": "circ", "PGUSER": "somebody", "DATABASE_URL": "postgresql:///circ"})
    told_of = told(project)
    assert told_of["FOLDER"] == str(project.folder)
    assert re.fullmatch(r"pgclone_scratch_[0-9a-f]+_\d+", told_of["PGDATABASE"])
    assert told_of["PGHOST"] == server.socket and told_of["PGPORT"] == str(server.port)
    assert told_of["PGUSER"] == "tester" and "PGPASSWORD" not in told_of
    parts = psycopg2.extensions.parse_dsn(told_of["DATABASE_URL"])
    assert parts["dbname"] == told_of["PGDATABASE"] and parts["user"] == "tester"
    assert (parts["host"], parts["port"]) == (server.socket, str(server.port))


def test_a_service_of_the_callers_is_not_built_into(server, project, tmp_path):
    """libpq lets PGSERVICE win over PGDATABASE: the migrations would run on the developer's own database."""
    (tmp_path / "service.conf").write_text(
        f"[shop]\nhost={server.socket}\nport={server.port}\nuser=tester\ndbname=circ\n"
    )
    env = {"PGSERVICEFILE": str(tmp_path / "service.conf"), "PGSERVICE": "shop"}
    project.settings(command="psql -Xqc 'CREATE TABLE stray ()'")
    template = project.build(env=env)
    assert project.content(template, "SELECT count(*) FROM pg_class WHERE relname = 'stray'") == 1
    assert server.query("SELECT count(*) FROM pg_class WHERE relname = 'stray'", database="circ") == [(0,)]


def test_a_password_with_odd_characters_reaches_both_and_is_shown_nowhere(server, project):
    password = "p@ss:w/rd %41 ?#&'\"\\ $HOME ü"
    server.create_role("odd user", "LOGIN CREATEDB", password=password)
    # What psql was called with is told by its own shell command.
    project.write("see.sql", "\\! tr '\\000' ' ' </proc/$PPID/cmdline >called\n")
    connect = "psql -Xq -d \"$DATABASE_URL\" -c 'CREATE TABLE one ()' && psql -Xqc 'CREATE TABLE two ()'"
    project.write("build.sh", f"set -e\n{connect}\n/usr/bin/python3 -c \"$TELL\"\n")
    project.settings(["see.sql"], ["sh", "build.sh"])
    url = server.url("", user="odd user", password=password, tcp=True)
    result = project.ok("template", "build", "-vv", server=url, env={"TELL": TELL})
    told_of = told(project)
    assert told_of["PGPASSWORD"] == password and told_of["PGHOST"] == "127.0.0.1"
    assert psycopg2.extensions.parse_dsn(told_of["DATABASE_URL"])["password"] == password
    assert "psql" in (project.folder / "called").read_text()
    for text in (result.stdout + result.stderr, (project.folder / "called").read_text()):
        assert "p@ss" not in text and "p%40ss" not in text
    (template,) = project.templates()
    assert project.content(template, "SELECT count(*) FROM pg_class WHERE relname IN ('one', 'two')") == 2


def test_paths_count_from_the_settings_file(server, project, tmp_path):
    """`pgclone -c app/pgclone.yaml` from elsewhere, as docker compose has it."""
    project.usual()
    template = project.build()
    project.pgclone.ok("create", "-c", "app/pgclone.yaml", cwd=tmp_path)
    assert project.templates() == {template} and project.runs == 1
    project.change()
    project.pgclone.ok("create", "-c", str(project.folder / "pgclone.yaml"), cwd="/")
    assert project.runs == 2 and len(project.templates()) == 2


# ------------------------------------------------------------------------------- input and output


def test_the_command_has_no_standard_input(server, project):
    """It must not wait for an answer, nor take what its caller is to read."""
    project.settings(command="cat >read.txt; psql -Xqc 'SELECT 1'")
    process = project.start("template", "build", stdin=-1)
    process.stdin.write(b"mine\n")
    process.stdin.flush()
    assert process.wait(30) == 0
    process.communicate()
    assert (project.folder / "read.txt").read_text() == ""


def test_serve_keeps_its_standard_input(server, project):
    """A request that was sent while the template is being built is still answered."""
    project.usual(migrate="cat >read.txt\nsleep 0.5\necho noise\n")
    with Serve(project.pgclone, template="shelf", cwd=project.folder) as serve:
        taken = serve.ok("take")
        assert project.titles(taken["name"]) == 3
        assert serve.end().code == 0
    assert (project.folder / "read.txt").read_text() == ""


def test_output_goes_to_standard_error(server, project):
    project.usual(migrate="echo seen on out\necho seen on err >&2\n")
    made = project.ok("create", "--format", "json")
    assert made.databases == ["shelf_gw0"], "standard output holds nothing but the result"
    assert "seen on out" in made.stderr and "seen on err" in made.stderr


def test_quiet_output_is_shown_only_when_the_build_fails(server, project):
    project.usual(migrate="echo seen on out; echo seen on err >&2; exit ${CODE:-0}\n")
    failed = project("template", "build", "-q", env={"CODE": "9"}).expect_error(1, "9")
    assert "seen on out" in failed.stderr and "seen on err" in failed.stderr
    assert project.ok("create", "-q").stderr == ""


# ------------------------------------------------------------------------- what is there afterwards


def test_a_template_is_sealed_marked_and_named_after_its_content(server, project):
    project.usual()
    template = project.build()
    row = server.catalog()[template]
    assert re.fullmatch("shelf_[0-9a-f]{12}", template)
    assert not row.allows_connections and row.is_template and row.owner == "tester"
    mark = project.mark(template)
    assert (mark["v"], mark["project"], mark["use"]) == (1, "shelf", "template")
    assert set(mark["fingerprint"]) == {"sql", "inputs", "command", "server"}
    assert {"lease", "created", "host", "pid"} <= set(mark)


def test_create_builds_once_and_clones_it(server, project):
    project.usual()
    made = project.ok("create", "-w", "3", "--format", "json")
    assert made.databases == ["shelf_gw0", "shelf_gw1", "shelf_gw2"]
    assert [project.titles(name) for name in made.databases] == [4, 4, 4]
    (template,) = project.templates()
    position = server.log_position()
    assert project.ok("create", "-w", "3", "--format", "json").databases == made.databases
    assert project.runs == 1 and project.templates() == {template}
    connected = server.databases_connected_to(position, "tester")
    assert template not in connected and not any("scratch" in name for name in connected)
    for name in made.databases:
        row = server.catalog()[name]
        assert row.allows_connections and not row.is_template
        assert "fingerprint" not in project.mark(name) and "use" not in project.mark(name)


def test_run_builds_and_uses_it(server, project):
    project.usual()
    script = 'psql -XAt -c "SELECT current_database(), count(*) FROM book" "$PGCLONE_URL_GW1"'
    for _ in range(2):
        result = project.ok("run", "-w", "2", "--run-id", "r1", "--", "sh", "-c", script)
        assert result.stdout == "shelf_r1_gw1|4\n"
    assert project.runs == 1
    assert {name for name in server.names() if name.startswith("shelf_")} == project.templates()


def test_an_overlapped_run_builds_and_uses_it(server, project):
    project.usual()
    script = f'psql -XAt -c "SELECT count(*) FROM book" "$({project.pgclone.binary} url)"'
    for _ in range(2):
        assert project.ok("run", "--overlap", "--", "sh", "-c", script).stdout == "4\n"
    assert project.runs == 1


def test_a_run_inside_a_run_builds_nothing_again(server, project):
    """A `create` in the command of a run has the same settings, and finds what the run has built."""
    project.usual()
    inner = f"{project.pgclone.binary} create -w 2 --name mine_{{worker}} --format env"
    project.ok("run", "--", "sh", "-c", inner)
    assert project.runs == 1
    assert not {"mine_gw0", "mine_gw1"} & server.names()


def test_reset_gives_back_what_was_built_and_builds_what_has_changed(server, project):
    project.usual()
    project.ok("create")
    server.query("DELETE FROM book", database="shelf_gw0")
    project.ok("reset", "gw0")
    assert project.titles("shelf_gw0") == 4 and project.runs == 1
    project.write("migrate.sh", (project.folder / "migrate.sh").read_text().replace("4,", "5,"))
    project.ok("reset", "gw0")
    assert project.runs == 2
    assert server.value("SELECT max(book_id) FROM book", database="shelf_gw0") == 5


def test_the_socket_of_a_run_hands_out_copies_of_it(server, project):
    project.usual()
    ask = f"{project.pgclone.binary} reset gw0 && psql -XAt -c 'SELECT count(*) FROM book' \"$PGCLONE_URL_GW0\""
    spoil = "psql -Xq -c 'DELETE FROM book' \"$PGCLONE_URL_GW0\""
    result = project.ok("run", "--", "sh", "-c", f"{spoil} && {ask}")
    assert result.stdout.endswith("4\n"), str(result)
    assert project.runs == 1


def test_the_configured_database_gives_the_base_name_and_need_not_exist(server, project):
    """Most projects have a DATABASE_URL and no name to spare for a template."""
    project.usual()
    project.settings(["schema.sql"], head="workers: 1")
    made = project.ok("create", "--format", "json", server=server.url("shelf"))
    assert made.databases == ["shelf_gw0"] and len(project.templates()) == 1
    assert "shelf" not in server.names()


def test_force_builds_anew_under_the_same_name(server, project):
    project.usual()
    template = project.build()
    oid = "SELECT oid FROM pg_database WHERE datname = %s"
    before = server.value(oid, (template,))
    project.builds_nothing()
    assert server.value(oid, (template,)) == before and project.runs == 1
    project.builds_nothing("--force")
    assert server.value(oid, (template,)) != before and project.runs == 2
    assert {name for name in server.names() if "shelf_" in name} == {template}


def test_a_dry_run_builds_nothing(server, project):
    project.usual()
    with server.unchanged():
        project("create", "--dry-run")
    assert project.runs == 0
