"""`reset: undo` with columns and tables that are called as things inside it are, and with types of extensions."""
import pytest
from support.undo import content, oid, run

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("may_undo")]
UNDO = {"PGCLONE_RESET": "undo"}
INSIDE = """
CREATE TABLE note (pgclone_new int, pgclone_old text, t int, net int, r text, n int, line text, place text,
                   doomed text, times int, came text, went text, done text, number int, relation text, sign int);
INSERT INTO note (pgclone_new, t, net, came) VALUES (1, 2, 3, 'c'), (1, 2, 3, 'c');
CREATE TABLE "net key" (net int, t text, r int, "old" text, "new" text, PRIMARY KEY (net, r));
INSERT INTO "net key" VALUES (1, 'a', 2), (3, 'b', 4)
"""
EXTENSIONS = """
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;
CREATE TABLE kinds (name citext PRIMARY KEY, pairs hstore, path ltree, names citext[]);
INSERT INTO kinds VALUES ('Abc', 'a=>1, b=>NULL', 'a.b.c', '{x,Y}'), ('zz', NULL, NULL, NULL)
"""


def check(server, pgclone, tables, *statements):
    server.create_database("odd", "tester", tables)
    pristine = content(server, "odd")
    pgclone.ok("create", "--template", "odd", env=UNDO)
    before = oid(server, "odd_gw0")
    for statement in statements:
        run(server.url("odd_gw0"), statement)
    said = pgclone.ok("reset", "-v", "--template", "odd", "gw0", env=UNDO).stderr
    assert 'undid the changes in database "odd_gw0"' in said
    assert content(server, "odd_gw0") == pristine and oid(server, "odd_gw0") == before


def test_columns_that_are_called_as_what_is_inside(server, pgclone):
    check(
        server, pgclone, INSIDE,
        "UPDATE note SET t = 5, pgclone_old = 'o', line = NULL",
        "INSERT INTO note (pgclone_new) VALUES (9), (9), (NULL)",
        "DELETE FROM note WHERE pgclone_old IS NOT NULL AND ctid = (SELECT min(ctid) FROM note WHERE t = 5)",
        """UPDATE "net key" SET net = net + 1, "old" = 'o'""",
        """INSERT INTO "net key" VALUES (1, 'z', 2)""",
    )  # fmt: skip


def test_types_of_extensions(server, pgclone):
    """Whose equality is another one than that of their text, and in another schema."""
    there = server.value("SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'hstore', 'ltree')")
    if there < 3:
        pytest.skip("the server has no citext, hstore and ltree")
    check(
        server, pgclone, EXTENSIONS,
        "UPDATE kinds SET name = 'ABC', pairs = 'x=>2' WHERE name = 'abc'",
        "DELETE FROM kinds WHERE name = 'ZZ'",
        "INSERT INTO kinds VALUES ('Zz', 'q=>r', 'd.e', '{a}')",
    )  # fmt: skip
