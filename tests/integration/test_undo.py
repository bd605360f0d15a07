"""`reset: undo`: `pgclone reset` puts back what was changed, in the same database, or makes a fresh copy."""
import re

import psycopg2
import pytest
from support.undo import content, oid, run

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("may_undo")]
UNDO = {"PGCLONE_RESET": "undo"}
# What tests of every kind leave behind, and what the proof must not mistake for DDL.
ROWS = [
    "INSERT INTO author VALUES (3, 'Jane Austen')",
    "INSERT INTO book (author_id, title) VALUES (3, 'Emma'), (3, 'Persuasion') RETURNING book_id",
    "UPDATE author SET name = upper(name)",
    "DELETE FROM book WHERE title LIKE 'M%'",
    "UPDATE book SET book_id = DEFAULT",
    "SELECT setval('book_book_id_seq', 1000, false)",
]


def reset(pgclone, *workers, **options):
    """The lines of standard error that say how each database became pristine."""
    result = pgclone.ok("reset", "-v", "--template", "circ", *workers, env=UNDO, **options)
    assert result.stdout.splitlines() == [f"reset circ_{worker}" for worker in workers], str(result)
    return result.stderr


@pytest.fixture
def pristine(server):
    """What the template holds; whoever looks at it later might have changed it, as far as pgclone knows."""
    return content(server, "circ")


@pytest.fixture
def url(server, clone, pristine):
    """A worker's database, whose changes are noted; and what it holds is what a plain copy does."""
    made = clone(env=UNDO)
    assert content(server, "circ_gw0") == pristine
    return made.urls["gw0"]


def check_undone(server, pgclone, pristine):
    before = oid(server, "circ_gw0")
    said = reset(pgclone, "gw0")
    assert 'undid the changes in database "circ_gw0"' in said
    assert oid(server, "circ_gw0") == before
    assert content(server, "circ_gw0") == pristine


def check_swapped(server, pgclone, pristine, reason):
    before = oid(server, "circ_gw0")
    said = reset(pgclone, "gw0")
    assert re.search(f'database "circ_gw0" cannot be undone: .*{reason}', said), said
    assert oid(server, "circ_gw0") != before
    assert content(server, "circ_gw0") == pristine
    found = server.catalog()["circ_gw0"]
    assert not found.settings and found.connection_limit == -1 and not found.is_template


# ----------------------------------------------------------------------------------- what is undone


def test_rows_and_sequences_are_put_back_in_the_same_database(server, pgclone, pristine, url):
    for _ in range(3):
        run(url, *ROWS)
        check_undone(server, pgclone, pristine)


def test_what_was_not_changed_is_pristine_already(server, pgclone, pristine, url):
    check_undone(server, pgclone, pristine)
    run(url, "SELECT * FROM shelf", "BEGIN", "DELETE FROM book", "ROLLBACK")
    check_undone(server, pgclone, pristine)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT setval('book_book_id_seq', 5, false)",
        "SELECT setval('book_book_id_seq', 1, false)",
        "SELECT nextval('book_book_id_seq')",
        "ANALYZE",
        "VACUUM",
        "VACUUM ANALYZE book",
        "LISTEN news",
        "SELECT pg_advisory_lock(1)",
        "SET session_replication_role = replica; DELETE FROM author",
        "CREATE ROLE undo_visitor; DROP ROLE undo_visitor",
        "PREPARE p AS DELETE FROM book; EXECUTE p",
        "COMMENT ON DATABASE circ_gw0 IS NULL; SELECT 1",
    ],
)
def test_what_needs_no_fresh_copy(server, pgclone, pristine, url, statement):
    comment = server.comments()["circ_gw0"]
    run(server.url("circ_gw0", "postgres"), *statement.split("; "), ROWS[0])
    server.set_comment("circ_gw0", comment)
    check_undone(server, pgclone, pristine)


def test_the_planner_keeps_what_it_was_told(server, pgclone, pristine, url):
    """ANALYZE of a test costs no copy, and neither does that of the server's own."""
    run(url, "ANALYZE book", *ROWS, "ANALYZE")
    check_undone(server, pgclone, pristine)
    assert server.value("SELECT count(*) FROM pg_stats WHERE tablename = 'book'", database="circ_gw0") > 0


def test_sessions_are_ended_also_those_idle_in_a_transaction(server, pgclone, pristine, url):
    idle, busy = psycopg2.connect(url), psycopg2.connect(url)
    with busy.cursor() as cursor:
        cursor.execute("INSERT INTO author VALUES (9, 'Not committed')")
        cursor.execute("LOCK TABLE book")
    check_undone(server, pgclone, pristine)
    for connection in (idle, busy):
        with pytest.raises(psycopg2.Error), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.close()


def test_several_workers_at_once_each_in_its_own_way(server, pgclone, clone, pristine):
    made = clone("-w", "4", env=UNDO)
    for worker, url in made.urls.items():
        run(url, *ROWS, "TRUNCATE book" if worker == "gw2" else "SELECT 1")
    before = {worker: oid(server, f"circ_{worker}") for worker in made.urls}
    result = pgclone.ok("reset", "-v", "--template", "circ", *made.urls, env=UNDO)
    assert sorted(result.stdout.splitlines()) == [f"reset circ_gw{n}" for n in range(4)]
    for worker in made.urls:
        assert (oid(server, f"circ_{worker}") == before[worker]) == (worker != "gw2")
        assert content(server, f"circ_{worker}") == pristine


def test_prepared_transactions_are_rolled_back(own_server, pgclone):
    server = own_server(max_prepared_transactions=5)
    server.run("GRANT SET ON PARAMETER session_replication_role TO tester")
    there = {"server": server.url("circ")}
    pristine = content(server, "circ")
    url = pgclone.create("--template", "circ", env=UNDO, **there).urls["gw0"]
    for number in (1, 2):
        run(url, "BEGIN", ROWS[0].replace("3", str(number + 2)), f"PREPARE TRANSACTION 'it''s {number}'")
    # One of another database is nobody's business here.
    server.create_database("office")
    run(server.url("office"), "BEGIN", "CREATE TABLE desk ()", "PREPARE TRANSACTION 'other'")
    before = oid(server, "circ_gw0")
    said = pgclone.ok("reset", "-v", "--template", "circ", "--wait", "1", "gw0", env=UNDO, **there).stderr
    assert "undid the changes" in said and oid(server, "circ_gw0") == before
    assert content(server, "circ_gw0") == pristine
    assert server.query("SELECT gid FROM pg_prepared_xacts") == [("other",)]


# ---------------------------------------------------------------------- what takes a fresh copy


@pytest.mark.parametrize(
    "statement, reason",
    [
        ("CREATE TABLE extra ()", "DDL"),
        ("ALTER TABLE book ADD COLUMN pages int", "DDL"),
        ("DROP TABLE book CASCADE", "DDL"),
        ("CREATE INDEX ON book (title)", "DDL"),
        ("DROP FUNCTION books_by", "DDL"),
        ("CREATE SCHEMA app", "DDL"),
        ("GRANT SELECT ON book TO PUBLIC", "GRANT or ALTER on a table"),
        ("COMMENT ON TABLE book IS 'text'", "DDL"),
        ("DROP SCHEMA pgclone CASCADE", "the undo failed"),
        ("BEGIN; CREATE TABLE extra (); ROLLBACK", "DDL"),
        ("TRUNCATE book", "TRUNCATE"),
        ("TRUNCATE author RESTART IDENTITY CASCADE", "TRUNCATE"),
        ("REINDEX TABLE book", "REINDEX"),
        ("CREATE TEMPORARY TABLE draft (); DROP TABLE draft", "temporary table"),
        ("CREATE TEMPORARY TABLE draft AS SELECT 1", "temporary table"),
        ("SELECT lo_create(0)", "large objects"),
        ("SELECT lo_unlink(lo_create(0))", "large objects"),
        ("ALTER TABLE book DISABLE TRIGGER USER; DELETE FROM book", "trigger"),
        ("ALTER TABLE book DISABLE TRIGGER USER; DELETE FROM book; ALTER TABLE book ENABLE TRIGGER USER", "trigger"),
        ("DROP TRIGGER pgclone_delete ON book; DELETE FROM book", "DDL"),
        ("ALTER DATABASE circ_gw0 SET work_mem = '7MB'", "ALTER DATABASE"),
        ("ALTER ROLE tester IN DATABASE circ_gw0 SET work_mem = '7MB'", "ALTER DATABASE"),
        ("ALTER DATABASE circ_gw0 CONNECTION LIMIT 7", "ALTER DATABASE"),
        ("GRANT CREATE ON DATABASE circ_gw0 TO PUBLIC", "GRANT ON DATABASE"),
        ("SELECT pg_stat_reset()", "statistics"),
        ("SELECT pg_stat_reset_single_table_counters('pg_class'::regclass)", "statistics"),
        ("SET track_counts = off; DELETE FROM book", "track_counts"),
        ("SET track_counts = off; INSERT INTO author VALUES (4, ''); SET track_counts = on", "track_counts"),
    ],
)  # fmt: skip
def test_what_no_undo_puts_back_takes_a_fresh_copy_and_says_why(server, pgclone, pristine, url, statement, reason):
    run(server.url("circ_gw0", "postgres"), *ROWS, *statement.split("; "))
    check_swapped(server, pgclone, pristine, reason)
    # And what comes next is undone again.
    run(url, *ROWS)
    check_undone(server, pgclone, pristine)


def test_statements_that_write_anew_what_the_template_has(server, pgclone):
    server.create_database("rich", "tester", "CREATE TABLE plain AS SELECT 1 AS id;"
                           "CREATE MATERIALIZED VIEW seen AS SELECT * FROM plain;"
                           "CREATE TABLE audited (id int); CREATE TABLE log (id int);"
                           "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
                           " 'BEGIN INSERT INTO log VALUES (NEW.id); RETURN NULL; END';"
                           "CREATE TRIGGER note AFTER INSERT ON audited FOR EACH ROW EXECUTE FUNCTION note();"
                           "ALTER TABLE audited ENABLE ALWAYS TRIGGER note")  # fmt: skip
    pristine = content(server, "rich")
    url = pgclone.create("--template", "rich", env=UNDO).urls["gw0"]
    for statements, reason in (
        (["INSERT INTO plain VALUES (2)"], None),
        (["INSERT INTO plain VALUES (2)", "REFRESH MATERIALIZED VIEW seen"], "REFRESH MATERIALIZED VIEW"),
        (["VACUUM FULL plain"], "writes a table anew"),
        (["INSERT INTO log VALUES (1)"], None),
        (["INSERT INTO audited VALUES (1)"], "a trigger that always fires"),
    ):
        before = oid(server, "rich_gw0")
        run(url, *statements)
        said = pgclone.ok("reset", "-v", "--template", "rich", "gw0", env=UNDO).stderr
        assert (oid(server, "rich_gw0") == before) == (reason is None), (statements, said)
        assert reason is None or reason in said, (statements, said)
        assert content(server, "rich_gw0") == pristine, statements


def test_a_crash_of_the_server_takes_a_fresh_copy(own_server, pgclone):
    """Recovery empties the notes, and the counters are lost."""
    server = own_server()
    server.run("GRANT SET ON PARAMETER session_replication_role TO tester")
    there = {"server": server.url("circ")}
    pristine = content(server, "circ")
    url = pgclone.create("--template", "circ", env=UNDO, **there).urls["gw0"]
    run(url, *ROWS)
    server.query("CHECKPOINT")
    server.crash()
    before = oid(server, "circ_gw0")
    pgclone.ok("reset", "-v", "--template", "circ", "gw0", env=UNDO, **there)
    assert oid(server, "circ_gw0") != before
    assert content(server, "circ_gw0") == pristine


def test_a_restart_of_the_server_loses_nothing(own_server, pgclone):
    server = own_server()
    server.run("GRANT SET ON PARAMETER session_replication_role TO tester")
    there = {"server": server.url("circ")}
    pristine = content(server, "circ")
    url = pgclone.create("--template", "circ", env=UNDO, **there).urls["gw0"]
    run(url, *ROWS)
    server.stop()
    server.start()
    assert content(server, "circ_gw0") != pristine
    pgclone.ok("reset", "--template", "circ", "gw0", env=UNDO, **there)
    assert content(server, "circ_gw0") == pristine


def test_where_nothing_is_counted_nothing_can_be_proved(own_server, pgclone):
    """Servers for tests are started so to save the microsecond; DDL would look like nothing at all."""
    server = own_server(track_counts="off")
    server.run("GRANT SET ON PARAMETER session_replication_role TO tester")
    there = {"server": server.url("circ")}
    pristine = content(server, "circ")
    url = pgclone.create("--template", "circ", env=UNDO, **there).urls["gw0"]
    for statement in (ROWS[0], "CREATE TABLE extra ()", "TRUNCATE book"):
        run(url, statement)
        said = pgclone.ok("reset", "-v", "--template", "circ", "gw0", env=UNDO, **there).stderr
        assert "cannot be undone: track_counts is off" in said
        assert content(server, "circ_gw0") == pristine


def test_a_role_whose_sessions_are_not_counted(server, pgclone, pristine, url):
    server.create_role("silent", "SUPERUSER LOGIN")
    server.run("ALTER ROLE silent SET track_counts = off")
    run(server.url("circ_gw0", "silent"), "CREATE TABLE extra ()")
    check_swapped(server, pgclone, pristine, "track_counts is off")


# ------------------------------------------------------------------------------ other databases


def test_a_database_that_notes_nothing_is_replaced(server, pgclone, clone, pristine):
    """One that was made before `reset: undo` was set."""
    url = clone().urls["gw0"]
    before = oid(server, "circ_gw0")
    run(url, *ROWS)
    reset(pgclone, "gw0")
    assert oid(server, "circ_gw0") != before
    run(url, *ROWS)
    check_undone(server, pgclone, pristine)


def test_a_worker_without_a_database_gets_one(server, pgclone, pristine):
    reset(pgclone, "gw5")
    assert content(server, "circ_gw5") == pristine


def test_a_database_of_somebody_elses_is_left_alone(server, pgclone):
    server.create_database("circ_gw0")
    with server.unchanged_databases(["circ_gw0"]):
        pgclone("reset", "--template", "circ", "gw0", env=UNDO).expect_error(4)


def test_swap_puts_back_what_undo_has_made(server, pgclone, pristine, url):
    """The setting may change between two calls."""
    run(url, *ROWS)
    pgclone.ok("reset", "--template", "circ", "gw0", env={"PGCLONE_RESET": "swap"})
    assert content(server, "circ_gw0") == pristine
    assert not server.query("SELECT 1 FROM pg_namespace WHERE nspname = 'pgclone'", database="circ_gw0")
