"""Where `reset: undo` comes from, and where it cannot be had: what is said, and that nothing was made."""
import pytest
from support.undo import content, oid, run, watched_templates

pytestmark = pytest.mark.core
UNDO = {"PGCLONE_RESET": "undo"}
ROW = "INSERT INTO author VALUES (3, 'Jane Austen')"
GRANT = 'GRANT SET ON PARAMETER session_replication_role TO "tester"'
# What takes the template, and so would make one that notes changes.
COMMANDS = [["create"], ["reset", "gw0"], ["run", "--", "true"], ["serve"], ["template", "build"]]


def code_of(command, code):
    return 125 if command[0] == "run" else code


def fill(command):
    """The flags go before what `run` runs."""
    return [*command[:1], "--template", "circ", *command[1:]]


# --------------------------------------------------------------------------- where the mode comes from


def notes_changes(server, database):
    return bool(server.query("SELECT 1 FROM pg_namespace WHERE nspname = 'pgclone'", database=database))


def test_yaml_environment_and_flag_each_over_the_one_before(server, pgclone, tmp_path, may_undo):
    config = tmp_path / "pgclone.yaml"
    config.write_text("template: circ\n")
    for yaml, environment, flag, undoes in (
        ("", None, None, False),
        ("reset: undo\n", None, None, True),
        ("reset: undo\n", "swap", None, False),
        ("reset: swap\n", "undo", None, True),
        ("reset: swap\n", "swap", "undo", True),
        ("reset: undo\n", "undo", "swap", False),
    ):
        config.write_text("template: circ\n" + yaml)
        env = {"PGCLONE_RESET": environment} if environment else {}
        flags = ["--reset", flag] if flag else []
        pgclone.ok("create", *flags, env=env)
        assert notes_changes(server, "circ_gw0") == undoes, (yaml, environment, flag)


@pytest.mark.parametrize("value", ["both", "UNDO", "true", "undo,swap"])
def test_another_value_is_refused_by_its_source(pgclone, tmp_path, value):
    for result, source in (
        (pgclone("create", "--template", "circ", "--reset", value), "--reset"),
        (pgclone("create", "--template", "circ", env={"PGCLONE_RESET": value}), "PGCLONE_RESET"),
    ):
        result.expect_error(2, source, f'"{value}"', "swap", "undo")
    (tmp_path / "pgclone.yaml").write_text(f'template: circ\nreset: "{value}"\n')
    pgclone("create").expect_error(2, "pgclone.yaml:2", "swap", "undo")


def test_a_yaml_mapping_is_no_mode(pgclone, tmp_path):
    (tmp_path / "pgclone.yaml").write_text("template: circ\nreset: {undo: yes}\n")
    pgclone("create").expect_error(2, "pgclone.yaml:2", "reset")


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_server_that_cannot_prove_anything_is_refused(server, pgclone, command):
    if server.major >= 15:
        pytest.skip("this one can")
    with server.unchanged():
        result = pgclone(*fill(command), env=UNDO)
        result.expect(code_of(command, 2), "PGCLONE_RESET", f"PostgreSQL {server.major}").has_hint("15", "swap")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_role_that_may_not_is_refused_with_the_grant_that_helps(server, pgclone, command):
    if server.major < 15:
        pytest.skip("undoing needs PostgreSQL 15")
    with server.unchanged():
        result = pgclone(*fill(command), env=UNDO)
        result.expect(code_of(command, 6), '"tester"', "session_replication_role").has_hint(GRANT, "swap")


def test_the_very_grant_that_is_printed_helps(server, pgclone):
    """The role is no superuser; it owns the template and its tables, and that is all it has."""
    if server.major < 15:
        pytest.skip("undoing needs PostgreSQL 15")
    refused = pgclone("create", "--template", "circ", env=UNDO).expect_error(6)
    (hint,) = [line for line in refused.stderr.splitlines() if "GRANT SET" in line]
    server.query(hint[hint.index("GRANT SET") : hint.index(";")])
    try:
        url = pgclone.create("--template", "circ", env=UNDO).urls["gw0"]
        before = oid(server, "circ_gw0"), content(server, "circ_gw0")
        run(url, ROW)
        pgclone.ok("reset", "--template", "circ", "gw0", env=UNDO)
        assert (oid(server, "circ_gw0"), content(server, "circ_gw0")) == before
    finally:
        server.run("REVOKE SET ON PARAMETER session_replication_role FROM tester")


def test_a_table_of_another_owner_is_refused_by_name(server, pgclone, may_undo):
    server.create_role("other", "NOLOGIN")
    server.create_database("mixed", "tester", "CREATE TABLE mine (id int)")
    server.query('CREATE TABLE "Their table" (id int); ALTER TABLE "Their table" OWNER TO other', database="mixed")
    with server.unchanged():
        refused = pgclone("create", "--template", "mixed", env=UNDO)
        refused.expect_error(6, '"Their table"', '"tester"').has_hint("GRANT", "swap")
        assert "mine" not in refused.stderr
    server.run("GRANT other TO tester")
    pgclone.ok("create", "--template", "mixed", env=UNDO)
    url = server.url("mixed_gw0", "postgres")
    before = oid(server, "mixed_gw0")
    run(url, 'INSERT INTO "Their table" VALUES (1)')
    pgclone.ok("reset", "--template", "mixed", "gw0", env=UNDO)
    assert oid(server, "mixed_gw0") == before
    assert server.value('SELECT count(*) FROM "Their table"', database="mixed_gw0") == 0


def test_a_sequence_of_another_owner_is_refused_by_name(server, pgclone, may_undo):
    server.create_database("mixed", "tester", "CREATE TABLE mine (id int)")
    server.query("CREATE SEQUENCE theirs", database="mixed")
    with server.unchanged():
        refused = pgclone("create", "--template", "mixed", env=UNDO).expect_error(6, "theirs", '"tester"')
    refused.has_hint("GRANT SELECT, UPDATE ON SEQUENCE")
    server.query("GRANT SELECT, UPDATE ON SEQUENCE theirs TO tester", database="mixed")
    pgclone.ok("create", "--template", "mixed", env=UNDO)
    run(server.url("mixed_gw0", "postgres"), "SELECT setval('theirs', 77)")
    pgclone.ok("reset", "--template", "mixed", "gw0", env=UNDO)
    assert server.query("SELECT last_value, is_called FROM theirs", database="mixed_gw0") == [(1, False)]


@pytest.mark.parametrize("command", COMMANDS[:-1], ids=" ".join)
def test_empty_databases_have_nothing_to_undo(server, pgclone, command):
    with server.unchanged():
        result = pgclone(command[0], "--no-clone", *command[1:], env=UNDO)
        result.expect(code_of(command, 2), "PGCLONE_RESET", "empty").has_hint("--template", "swap")


def test_creation_that_is_off_is_what_it_was(server, pgclone):
    """Local serial mode: the configured database is used as it is, and nothing is noted in it."""
    with server.unchanged():
        pgclone.ok("run", "--no-create", "--reset", "undo", "--", "true")


def test_a_schema_of_the_name_pgclone_is_in_the_way(server, pgclone, may_undo):
    server.create_database("taken", "tester", "CREATE SCHEMA pgclone")
    with server.unchanged():
        refused = pgclone("create", "--template", "taken", env=UNDO).expect_error(4, "pgclone", "taken")
    refused.has_hint("reset: swap")
    assert not watched_templates(server)
