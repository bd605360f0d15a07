"""What the seed could do: each behaviour of section 3 of the contract on a real server."""
import pytest

pytestmark = pytest.mark.core

ROWS = "SELECT count(*) FROM book"
TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"


def test_each_worker_gets_a_fresh_empty_database(server, pgclone):
    made = pgclone.create("--workers", "3")
    assert made.databases == ["circ_gw0", "circ_gw1", "circ_gw2"]
    for name in made.databases:
        assert server.value(TABLES, database=name) == 0


def test_each_worker_gets_a_clone_with_the_templates_rows(server, pgclone):
    made = pgclone.create("--template", "circ", "--workers", "3")
    assert made.databases == ["circ_gw0", "circ_gw1", "circ_gw2"]
    for name in made.databases:
        assert server.value(ROWS, database=name) == 5
        assert server.value("SELECT books_by('Herman Melville')", database=name) == 2
    server.query("DELETE FROM book", database="circ_gw1")
    assert server.value(ROWS, database="circ_gw0") == 5
    assert server.value(ROWS, database="circ") == 5


def test_the_configured_database_is_the_template_with_clone(server, pgclone):
    made = pgclone.create("--clone")
    assert made.json["template"] == "circ"
    assert server.value(ROWS, database="circ_gw0") == 5


def test_no_clone_gives_empty_databases_in_spite_of_a_template(server, pgclone):
    pgclone.create("--template", "circ", "--no-clone")
    assert server.value(TABLES, database="circ_gw0") == 0


def test_serial_use_prints_the_configured_database_and_changes_nothing(server, pgclone):
    with server.unchanged():
        made = pgclone.create("--no-create")
    (entry,) = made.json["databases"]
    assert (entry["name"], entry["status"]) == ("circ", "configured")
    with server.unchanged():
        dropped = pgclone("drop", "--all", "--no-create").expect(0)
    assert "nothing" in (dropped.stdout + dropped.stderr).lower()


@pytest.mark.parametrize("flags", [["--clone"], ["--template", ""]])
@pytest.mark.parametrize("database", ["", "?"])
def test_cloning_without_a_template_name_is_refused(server, pgclone, flags, database):
    url = server.url("")
    url = url.replace("/?", "?") if database == "?" else url
    with server.unchanged():
        pgclone("create", *flags, server=url).expect_error(4, "template").has_hint("--template")


def test_an_empty_template_in_yaml_is_refused(server, pgclone, tmp_path):
    (tmp_path / "pgclone.yaml").write_text("template: ''\n")
    with server.unchanged():
        pgclone("create").expect_error(4, "template")


def test_creation_off_while_parallel_is_refused(server, pgclone):
    with server.unchanged():
        pgclone("create", "--no-create", "--workers", "2").expect_error(4, "serial")


def test_creation_off_without_a_database_is_refused(server, pgclone):
    with server.unchanged():
        pgclone("create", "--no-create", server=server.url("")).expect_error(4)


def test_admin_work_goes_through_the_maintenance_database_only(server, pgclone):
    position = server.log_position()
    pgclone.create("--template", "circ", "--workers", "2")
    pgclone.ok("drop", "--all")
    assert server.databases_connected_to(position, "tester") == {"postgres"}


def test_another_maintenance_database_can_be_named(server, pgclone):
    server.create_database("office")
    position = server.log_position()
    pgclone.create("--template", "circ", "--maintenance-database", "office")
    pgclone.ok("drop", "--all", "--maintenance-database", "office")
    assert server.databases_connected_to(position, "tester") == {"office"}


def test_the_user_is_granted_all_privileges(server, pgclone):
    pgclone.create("--template", "circ", "--workers", "2")
    for name in ("circ_gw0", "circ_gw1"):
        assert any(entry.startswith("tester=CTc/") for entry in server.catalog()[name].acl)


def test_a_table_missing_from_the_template_is_missing_from_every_clone(server, pgclone):
    server.create_database("thin", sql_text="CREATE TABLE author (name text)")
    made = pgclone.create("--template", "thin", "--workers", "3")
    for name in made.databases:
        assert server.value("SELECT to_regclass('author') IS NOT NULL", database=name)
        assert server.value("SELECT to_regclass('book') IS NULL", database=name)
