"""`reset: undo` makes a template of its own, once for each state of the one that it is made from."""
import json
import subprocess
import threading

import pytest
from support.ephemeral import ephemeral
from support.undo import content, oid, run, watched_templates
from support.waiting import wait_for

pytestmark = pytest.mark.core
UNDO = {"PGCLONE_RESET": "undo"}
ROW = "INSERT INTO author VALUES (3, 'Jane Austen')"


def made_by(server, pgclone, template="circ"):
    """The template that a create clones, and whether this one made it."""
    before = watched_templates(server)
    pgclone.ok("create", "--template", template, env=UNDO)
    comment = server.comments()[f"{template}_gw0"]
    name = json.loads(comment[len("pgclone:") :])["template"]
    return name, name not in before


# ------------------------------------------------------------------------------ made once, or again


def test_it_is_made_once(server, pgclone, may_undo):
    first, made = made_by(server, pgclone)
    assert made
    for _ in range(3):
        assert made_by(server, pgclone) == (first, False)
    pgclone.ok("run", "--template", "circ", "--", "true", env=UNDO)
    pgclone.ok("reset", "--template", "circ", "gw0", env=UNDO)
    assert watched_templates(server) == {first}
    found = server.catalog()[first]
    assert found.is_template and not found.allows_connections and found.owner == "tester"


def test_the_template_itself_stays_as_it_is(server, pgclone, may_undo):
    before, catalog = content(server, "circ"), server.catalog()["circ"]
    made_by(server, pgclone)
    assert server.catalog()["circ"] == catalog
    assert content(server, "circ") == before
    assert not server.query("SELECT 1 FROM pg_namespace WHERE nspname = 'pgclone'", database="circ")


@pytest.fixture
def own(server, may_undo):
    server.create_database("own", "tester", "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t DEFAULT VALUES")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t DEFAULT VALUES",
        "SELECT nextval('t_id_seq')",
        "ALTER TABLE t ADD COLUMN name text",
        "ALTER DATABASE own SET work_mem = '7MB'",
        "ALTER ROLE tester IN DATABASE own SET work_mem = '7MB'",
        "REVOKE CONNECT ON DATABASE own FROM PUBLIC",
        "ALTER DATABASE own CONNECTION LIMIT 17",
    ],
)
def test_a_change_of_the_template_makes_another(server, pgclone, own, statement):
    """Also one that leaves nothing in the catalogs of the database, nor in the rows of its tables."""
    first, _ = made_by(server, pgclone, "own")
    if "DATABASE" in statement:
        server.query(statement)
    else:
        server.query(statement, database="own", user="tester")
    second, made = made_by(server, pgclone, "own")
    assert made and second != first
    assert content(server, "own_gw0") == content(server, "own")
    for field in ("acl", "connection_limit", "settings"):
        mine, theirs = (getattr(server.catalog()[name], field) for name in ("own_gw0", "own"))
        assert set(theirs) <= set(mine) if field == "acl" else mine == theirs, field
    run(server.url("own_gw0"), "INSERT INTO t DEFAULT VALUES")
    before = oid(server, "own_gw0")
    pgclone.ok("reset", "--template", "own", "gw0", env=UNDO)
    assert content(server, "own_gw0") == content(server, "own") or oid(server, "own_gw0") == before


def test_a_template_of_the_same_name_that_was_made_anew(server, pgclone, own):
    first, _ = made_by(server, pgclone, "own")
    server.run("DROP DATABASE own")
    server.create_database("own", "tester", "CREATE TABLE other (id int)")
    second, made = made_by(server, pgclone, "own")
    assert made and second != first
    assert "public.other" in content(server, "own_gw0")


def test_a_database_of_an_older_template_is_replaced_by_one_of_the_new(server, pgclone, own):
    made_by(server, pgclone, "own")
    before = oid(server, "own_gw0")
    server.query("INSERT INTO t DEFAULT VALUES", database="own", user="tester")
    pgclone.ok("reset", "--template", "own", "gw0", env=UNDO)
    assert oid(server, "own_gw0") != before
    assert content(server, "own_gw0")["public.t"] == [("(1)",), ("(2)",)]


def test_a_template_on_a_server_that_counts_nothing(own_server, pgclone):
    server = own_server(track_counts="off")
    if server.major < 15:
        pytest.skip("undoing needs PostgreSQL 15")
    server.run("GRANT SET ON PARAMETER session_replication_role TO tester")
    there = {"server": server.url("circ"), "env": UNDO}
    pgclone.create("--template", "circ", **there)
    run(server.url("circ"), ROW)
    pgclone.create("--template", "circ", **there)
    assert server.value("SELECT count(*) FROM author", database="circ_gw0") == 3


# -------------------------------------------------------------------------------- who is in it


def test_somebody_in_the_template_is_waited_for(server, pgclone, may_undo):
    with server.session("circ", "tester") as session:
        with server.unchanged():
            pgclone("create", "--template", "circ", "--wait", "1", env=UNDO).expect_error(5, "circ").has_hint()
        process = pgclone.start("create", "--template", "circ", "--wait", "20", env=UNDO)
        with session.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        assert process.poll() is None
    pgclone.finish(process).expect(0)


def test_what_somebody_in_the_template_changes_is_in_the_copies(server, pgclone, own):
    made_by(server, pgclone, "own")
    with server.session("own", "tester") as session, session.cursor() as cursor:
        process = pgclone.start("create", "--template", "own", "--wait", "20", env=UNDO)
        cursor.execute("SELECT pg_sleep(0.2)")
        cursor.execute("INSERT INTO t DEFAULT VALUES")
    pgclone.finish(process).expect(0)
    assert server.value("SELECT count(*) FROM t", database="own_gw0") == 2


def test_several_at_once_make_one(server, pgclone, may_undo):
    results = []

    def create(number):
        results.append(pgclone("create", "--template", "circ", "--run-id", f"r{number}", "--wait", "30", env=UNDO))

    threads = [threading.Thread(target=create, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.code for result in results] == [0] * 4, "\n".join(map(str, results))
    assert len(watched_templates(server)) == 1


# ------------------------------------------------------------------------ list, prune, build, drop


def test_list_and_prune_know_them(server, pgclone, own):
    """One that is not in use goes when the next one is made; who uses one keeps it."""
    first, _ = made_by(server, pgclone, "own")
    user = pgclone.start(
        "run", "--template", "own", "--run-id", "r1", "--", "cat", env=UNDO, stdin=subprocess.PIPE
    )
    wait_for(lambda: "own_r1_gw0" in server.names(), "the run uses the template")
    server.query("INSERT INTO t DEFAULT VALUES", database="own", user="tester")
    second, _ = made_by(server, pgclone, "own")
    pgclone.finish(user).expect(0)
    rows = pgclone.ok("template", "list", "--template", "own", env=UNDO).rows
    assert {row[0]: row[2] for row in rows} == {first: "old", second: "current"}
    kept = pgclone.ok("template", "prune", "--template", "own", "--keep", "0", "--dry-run", env=UNDO)
    assert kept.stdout == f"would drop {first}\n"
    pgclone.ok("template", "prune", "--template", "own", "--keep", "0", env=UNDO)
    assert watched_templates(server) == {second}
    assert made_by(server, pgclone, "own") == (second, False)
    server.query("INSERT INTO t DEFAULT VALUES", database="own", user="tester")
    third, _ = made_by(server, pgclone, "own")
    assert watched_templates(server) == {third}


def test_template_build_makes_it_beforehand(server, pgclone, may_undo):
    built = pgclone.ok("template", "build", "--template", "circ", env=UNDO).stdout.split()
    assert set(built) == watched_templates(server) and len(built) == 1
    assert made_by(server, pgclone) == (built[0], False)


def test_a_built_template_is_watched_as_well(server, project, may_undo):
    project.usual()
    project.ok("create", env=UNDO)
    assert project.runs == 1 and len(project.templates()) == 2
    built = project.ok("template", "build", env=UNDO).stdout.split()
    assert set(built) == project.templates()
    states = {row[0]: row[2] for row in project.ok("template", "list", env=UNDO).rows}
    assert states == dict.fromkeys(built, "current")
    before = oid(server, "shelf_gw0")
    run(server.url("shelf_gw0"), "DELETE FROM book")
    project.ok("reset", "gw0", env=UNDO)
    assert oid(server, "shelf_gw0") == before and project.titles("shelf_gw0") == 4
    project.change()
    project.ok("create", env=UNDO)
    assert project.runs == 2 and len(project.templates()) == 4
    project.ok("template", "prune", "--keep", "0", env=UNDO)
    assert len(project.templates()) == 2
    project.ok("create", env=UNDO)
    assert project.runs == 2


def test_drop_all_leaves_it_to_prune(server, pgclone, may_undo):
    name, _ = made_by(server, pgclone)
    pgclone.ok("drop", "--all", "--template", "circ")
    assert watched_templates(server) == {name}


# ------------------------------------------------------------------------------- throw-away servers

COMMAND = """
import json, os, socket
peer = socket.socket(socket.AF_UNIX)
peer.connect(os.environ["PGCLONE_SOCKET"])
lines = peer.makefile("rw")
def ask(request):
    print(request, file=lines, flush=True)
    return json.loads(lines.readline())
import psycopg2
for statement in ("DELETE FROM book", "INSERT INTO book VALUES (9, 'x')", "CREATE TABLE extra ()"):
    url = ask("url gw0")["url"]
    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()
    answer = ask("reset gw0")
    connection = psycopg2.connect(url)
    cursor = connection.cursor()
    cursor.execute("SELECT count(*), to_regclass('extra') IS NULL FROM book")
    print(answer.get("from", answer), *cursor.fetchone())
    connection.close()
"""
SCHEMA = "CREATE TABLE book (book_id int PRIMARY KEY, title text);\n" \
         "INSERT INTO book VALUES (1, 'Moby-Dick'), (2, 'Bartleby'), (3, 'Frankenstein'), (4, 'Emma');\n"  # fmt: skip


def undo_run(program, home, server, *arguments, **variables):
    """Whether its databases had been kept, whether a template was made, and what the run said."""
    done = ephemeral(program, home, "-v", "--postgres-bindir", server.bindir, *arguments,
                     command=["/usr/bin/python3", "-c", COMMAND], PGCLONE_RESET="undo", **variables)  # fmt: skip
    assert done.returncode == 0, done.stderr
    ways = [line.split() for line in done.stdout.splitlines()]
    assert [way[0] for way in ways[:2]] == ["undo", "undo"] and ways[2][0] in ("spare", "clone"), done
    assert all(way[1:] == ["4", "True"] for way in ways), done
    return "with its databases" in done.stderr, "which notes changes" in done.stderr


@pytest.fixture
def kept(server, home):
    """A folder with a schema, and with a build in pgclone.yaml."""
    if server.major < 15:
        pytest.skip("undoing needs PostgreSQL 15")
    with open(f"{home}/schema.sql", "w", encoding="utf-8") as file:
        file.write(SCHEMA)
    return home


def test_a_throw_away_server_keeps_the_watched_template(program, kept, server):
    sql = ["--sql", f"{kept}/schema.sql"]
    assert undo_run(program, kept, server, *sql) == (False, True)
    for _ in range(2):
        assert undo_run(program, kept, server, *sql) == (True, False)


def test_a_throw_away_server_with_build_keeps_the_watched_template(program, kept, server):
    with open(f"{kept}/pgclone.yaml", "w", encoding="utf-8") as file:
        file.write("template: shelf\nbuild:\n  sql: [schema.sql]\n")
    assert undo_run(program, kept, server) == (False, True)
    for _ in range(2):
        assert undo_run(program, kept, server) == (True, False)


def test_what_was_kept_without_undo_does_not_stand_in_for_what_undo_needs(program, kept, server):
    """Nor is the watched template made anew in each run, since another setting came first."""
    sql = ["--sql", f"{kept}/schema.sql"]
    count = ["sh", "-c", 'psql -XAtc "SELECT count(*) FROM book" "$PGCLONE_URL_GW0"']
    done = ephemeral(program, kept, "-v", "--postgres-bindir", server.bindir, *sql, command=count)
    assert (done.returncode, done.stdout) == (0, "4\n"), done.stderr
    assert undo_run(program, kept, server, *sql) == (False, True)
    assert undo_run(program, kept, server, *sql) == (True, False)
    done = ephemeral(program, kept, "-v", "--postgres-bindir", server.bindir, *sql, command=count)
    assert (done.returncode, done.stdout) == (0, "4\n") and "with its databases" in done.stderr, done.stderr


def test_a_throw_away_server_over_tcp(program, kept, server):
    for expected in ((False, True), (True, False)):
        assert undo_run(program, kept, server, "--tcp", "--sql", f"{kept}/schema.sql") == expected


def test_the_suites_own_server_is_not_waited_for(server, pgclone, may_undo):
    """Nothing of pgclone's is left in the databases when a run has ended."""
    pgclone.ok("run", "--template", "circ", "--", "true", env=UNDO)
    wait_for(lambda: not server.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'pgclone'"), "gone")
