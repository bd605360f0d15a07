"""create: many at once, what is there already, dry runs, owners and what TEMPLATE loses."""
import json
import re

import pytest
from support.waiting import locked, wait_for_statement
from support.watcher import Watcher

ROWS = "SELECT count(*) FROM book"


def mark(comment):
    assert comment.startswith("pgclone:")
    assert "\n" not in comment
    return json.loads(comment[len("pgclone:") :])


@pytest.mark.core
def test_64_workers_over_8_connections_are_all_complete_and_marked(server, clone):
    names = [f"circ_gw{n}" for n in range(64)]
    position = server.log_position()
    with Watcher(server, names) as watcher:
        made = clone("--workers", "64", "--jobs", "8", timeout=120)
    assert made.databases == names
    assert watcher.seen >= set(names[:-8]), "the watcher saw them appear"
    comments = server.comments()
    for number, name in enumerate(names):
        assert mark(comments[name])["worker"] == f"gw{number}"
        assert server.value(ROWS, database=name) == 5
    connections = {
        entry.pid
        for entry in server.statements(position, user="tester")
        if entry.text.startswith("CREATE DATABASE")
    }
    assert 1 < len(connections) <= 8


@pytest.mark.core
def test_the_mark_says_who_made_the_database_and_for_whom(server, clone):
    clone("--workers", "2", "--run-id", "r7", "--project", "shop")
    fields = mark(server.comments()["circ_r7_gw1"])
    assert {"v", "project", "run", "worker", "template", "lease", "created", "host", "pid"} <= set(
        fields
    )
    assert (fields["v"], fields["project"], fields["run"]) == (1, "shop", "r7")
    assert (fields["worker"], fields["template"]) == ("gw1", "circ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fields["created"])
    assert isinstance(fields["pid"], int) and fields["host"]


@pytest.mark.core
def test_statements_are_sent_in_the_order_that_keeps_names_complete(server, pgclone, clone):
    server.create_database("source")
    server.run("ALTER DATABASE {} SET work_mem = '7MB'", "source")
    pgclone.create("--template", "source")
    position = server.log_position()
    pgclone.create("--template", "source")
    made = [
        entry.text
        for entry in server.statements(position, user="tester")
        if re.match(r"CREATE|COMMENT|ALTER|GRANT|DROP", entry.text)
    ]
    kinds = [
        next(
            kind
            for kind, pattern in {
                "create": r'CREATE DATABASE "?pgclone_scratch_\w+"? .*TEMPLATE',
                "comment": r'COMMENT ON DATABASE "?pgclone_scratch_',
                "rename": r'ALTER DATABASE "?pgclone_scratch_\w+"? RENAME TO',
                "setting": r'ALTER DATABASE "?pgclone_scratch_\w+"? SET',
                "grant": r'GRANT ALL PRIVILEGES ON DATABASE "?pgclone_scratch_',
                "drop": r'DROP DATABASE IF EXISTS "?source_gw0"? WITH \(FORCE\)',
                "other": r"",
            }.items()
            if re.match(pattern, text)
        )
        for text in made
    ]
    assert kinds[:2] == ["create", "comment"], made
    assert kinds[-2:] == ["drop", "rename"], made
    assert "setting" in kinds[2:-2] and "grant" in kinds[2:-2], made
    assert "other" not in kinds, made


def test_a_worker_name_is_marked_at_every_instant_while_replacing(server, clone):
    names = [f"circ_gw{n}" for n in range(8)]
    clone("--workers", "8")
    with Watcher(server, names):
        again = clone("--workers", "8", "--jobs", "4")
    assert {entry["status"] for entry in again.json["databases"]} == {"replaced"}


def test_an_existing_database_of_ours_is_replaced_even_with_sessions_in_it(server, clone):
    clone()
    server.query("DELETE FROM book", database="circ_gw0")
    with server.session("circ_gw0", "tester"):
        again = clone()
    assert again.json["databases"][0]["status"] == "replaced"
    assert server.value(ROWS, database="circ_gw0") == 5


def test_existing_keep_keeps_what_is_there_and_makes_the_rest(server, clone):
    clone()
    server.query("DELETE FROM book", database="circ_gw0")
    made = clone("--workers", "2", "--existing", "keep")
    assert [entry["status"] for entry in made.json["databases"]] == ["kept", "created"]
    assert server.value(ROWS, database="circ_gw0") == 0
    assert server.value(ROWS, database="circ_gw1") == 5


def test_existing_fail_refuses_and_changes_nothing(server, pgclone, clone):
    clone()
    with server.unchanged():
        result = pgclone("create", "--template", "circ", "--workers", "2", "--existing", "fail")
    assert result.code in (1, 4), str(result)
    assert '"circ_gw0"' in result.stderr


def test_dry_run_prints_the_statements_and_changes_nothing(server, pgclone, clone):
    clone()
    position = server.log_position()
    with server.unchanged():
        planned = pgclone.ok("create", "--template", "circ", "--workers", "2", "--dry-run")
    for text in ("CREATE DATABASE", "COMMENT ON DATABASE", "GRANT ALL PRIVILEGES", "RENAME TO"):
        assert planned.stdout.count(text) == 2, str(planned)
    assert planned.stdout.count("DROP DATABASE") == 1, "only the one that is there is dropped"
    sent = [entry.text for entry in server.statements(position, user="tester")]
    assert not [text for text in sent if re.match("CREATE|COMMENT|GRANT|DROP|ALTER", text)]


def test_a_dry_run_can_be_fed_to_psql(server, pgclone):
    planned = pgclone.ok("create", "--template", "circ", "--dry-run")
    with server.session(user="tester") as connection, connection.cursor() as cursor:
        for statement in planned.stdout.split(";\n"):
            if statement.strip():
                cursor.execute(statement.replace("%", "%%"))
    assert server.value(ROWS, database="circ_gw0") == 5
    assert mark(server.comments()["circ_gw0"])["worker"] == "gw0"


def test_one_exact_name_is_taken_as_it_is(server, clone):
    assert clone("--name", "mine").databases == ["mine"]
    assert server.value(ROWS, database="mine") == 5


def test_a_name_pattern_knows_base_worker_and_run(server, clone):
    made = clone("--name", "{run}-{worker}-of-{base}", "--run-id", "7", "--workers", "2")
    assert made.databases == ["7-gw0-of-circ", "7-gw1-of-circ"]


def test_json_says_what_was_done(server, clone):
    made = clone("--run-id", "r1", "--strategy", "file_copy" if server.major < 15 else "wal_log")
    document = made.json
    assert document["pgclone"] == 1
    assert (document["project"], document["run_id"], document["template"]) == ("circ", "r1", "circ")
    assert document["server_version"] // 10000 == server.major
    assert document["strategy"] in ("wal_log", "file_copy")
    assert document["elapsed_ms"] >= 0
    (entry,) = document["databases"]
    assert (entry["worker"], entry["name"]) == ("gw0", "circ_r1_gw0")
    assert entry["status"] == "created" and entry["elapsed_ms"] >= 0


@pytest.mark.core
@pytest.mark.parametrize("strategy", ["auto", "wal_log", "file_copy", "clone"])
def test_a_strategy_is_used_or_refused_by_what_the_server_has(server, pgclone, strategy):
    since = {"auto": 13, "wal_log": 15, "file_copy": 13, "clone": 18}[strategy]
    position = server.log_position()
    result = pgclone("create", "--template", "circ", "--strategy", strategy)
    if server.major < since:
        assert result.code != 0, str(result)
        result.expect(result.code, strategy, str(since))
        assert "circ_gw0" not in server.names()
        return
    result.expect(0)
    assert server.value(ROWS, database="circ_gw0") == 5
    sent = " ".join(entry.text for entry in server.statements(position, user="tester"))
    if strategy in ("wal_log", "file_copy") and server.major >= 15:
        assert re.search(rf"STRATEGY\s*=?\s*\"?'?{strategy}", sent, re.I), sent
    if strategy == "clone":
        assert "file_copy_method" in sent


MANY_FILES = """
DO $$ BEGIN FOR i IN 1..700 LOOP EXECUTE 'CREATE TABLE t' || i || ' AS SELECT 1'; END LOOP; END $$;
CREATE TABLE filler AS SELECT repeat(md5(g::text), 30) FROM generate_series(1, 34000) g
"""
FEW_FILES = "CREATE TABLE filler AS SELECT repeat(md5(g::text), 30) FROM generate_series(1, 40000) g"


@pytest.mark.core
def test_the_automatic_strategy_looks_at_the_files_where_it_may(server, own_server, pgclone):
    """Copying files costs a sync for each: with many small ones the log is several times faster."""
    stock = own_server(fsync="on")
    stock.create_database("many", "tester", MANY_FILES)
    stock.create_database("few", "tester", FEW_FILES)

    def chosen(template, user):
        url = stock.url("postgres", user=user)
        return pgclone.create("--template", template, "--run-id", user, server=url).json["strategy"]

    if server.major < 15:
        assert chosen("many", "postgres") == "file_copy", "there is no other yet"
        return
    assert chosen("many", "postgres") == "wal_log"
    assert chosen("few", "postgres") == "file_copy", "from 18 on, too: no RAM disk can clone files"
    assert chosen("few", "tester") == "wal_log", "nobody told how many files there are"


def test_databases_are_made_where_a_superuser_cannot_list_files(server, own_server, pgclone):
    """A service may have closed that function to its superusers."""
    stock = own_server(fsync="on")
    stock.create_database("few", "tester", FEW_FILES)
    stock.run("ALTER FUNCTION pg_ls_dir(text) RENAME TO pg_ls_dir_closed")
    url = stock.url("postgres", user="postgres")
    result = pgclone.ok("create", "--template", "few", "-v", server=url)
    if server.major >= 15:
        assert "could not look at the template's files: " in result.stderr
    assert "few_gw0" in stock.names()


# Owners and grants


@pytest.mark.core
def test_the_owner_owns_the_clones(server, pgclone, clone):
    server.create_role("keeper", "NOLOGIN")
    server.run("GRANT keeper TO tester")
    made = clone("--owner", "keeper", "--workers", "2")
    catalog = server.catalog()
    assert {catalog[name].owner for name in made.databases} == {"keeper"}
    assert all(mark(catalog[name].comment) for name in made.databases)
    pgclone.ok("drop", "--all")
    assert not set(made.databases) & server.names()


@pytest.mark.core
def test_an_owner_whose_rights_are_not_inherited(server, pgclone):
    """A member that must SET ROLE to act as the owner can make databases for it all the same, or is
    told why not, with nothing left behind."""
    server.create_role("keeper", "NOLOGIN")
    if server.major >= 16:
        server.run("GRANT keeper TO tester WITH INHERIT FALSE, SET TRUE")
    else:
        server.create_role("stranger", "LOGIN CREATEDB NOINHERIT")
        server.run("GRANT keeper TO stranger")
        server.run("ALTER DATABASE circ OWNER TO stranger")
    user = "tester" if server.major >= 16 else "stranger"
    try:
        result = pgclone(
            "create", "--template", "circ", "--owner", "keeper", server=server.url("circ", user)
        )
        if result.code == 0:
            row = server.catalog()["circ_gw0"]
            assert row.owner == "keeper" and mark(row.comment)
        else:
            result.expect_error(6, "keeper").has_hint()
            assert "circ_gw0" not in server.names()
    finally:
        server.run("ALTER DATABASE circ OWNER TO tester")


@pytest.mark.core
def test_an_owner_that_the_role_may_not_act_for_is_refused_with_what_to_do(server, pgclone):
    server.create_role("keeper", "NOLOGIN")
    with server.unchanged():
        pgclone("create", "--template", "circ", "--owner", "keeper").expect_error(
            6, "keeper"
        ).has_hint("GRANT")


def test_an_owner_that_does_not_exist_is_named(server, pgclone):
    with server.unchanged():
        result = pgclone("create", "--template", "circ", "--owner", "nobody at all")
    result.expect_error(result.code, '"nobody at all"')
    assert result.code in (1, 4, 6)


@pytest.mark.core
def test_privileges_go_to_another_role(server, clone):
    server.create_role("reader")
    server.run("REVOKE CONNECT, TEMPORARY ON DATABASE circ FROM PUBLIC")
    try:
        clone("--grant-to", "reader")
        assert any(entry.startswith("reader=CTc/") for entry in server.catalog()["circ_gw0"].acl)
        assert server.value(
            "SELECT has_database_privilege('reader', 'circ_gw0', 'CREATE, CONNECT, TEMPORARY')"
        )
    finally:
        server.run("GRANT CONNECT, TEMPORARY ON DATABASE circ TO PUBLIC")


@pytest.mark.core
def test_owner_and_grantee_together(server, clone):
    server.create_role("keeper", "NOLOGIN")
    server.create_role("reader")
    server.run("GRANT keeper TO tester")
    clone("--owner", "keeper", "--grant-to", "reader")
    row = server.catalog()["circ_gw0"]
    assert row.owner == "keeper"
    assert any(entry.startswith("reader=CTc/") for entry in row.acl)


@pytest.mark.core
def test_a_roles_own_settings_do_not_end_or_bend_what_pgclone_does(server, pgclone):
    """Sites limit statements, write access and the search path of the roles that applications use."""
    for setting in (
        "statement_timeout = '5ms'",
        "lock_timeout = '1ms'",
        "default_transaction_read_only = on",
        "standard_conforming_strings = off",
        "search_path = nowhere",
    ):
        server.run("ALTER ROLE tester SET " + setting)
    odd = "we\\ird 'one"
    server.create_database(odd)
    try:
        assert len(pgclone.create("--template", odd, "-w", "3").databases) == 3
        assert len(pgclone.ok("drop", "--template", odd, "--all").stdout.splitlines()) == 3
    finally:
        server.run("ALTER ROLE tester RESET ALL")


# What TEMPLATE loses

ODD_SETTINGS = {
    "search_path": '"Odd ""schema""", public',
    "application_name": "it's 100% \\ \"odd\"",
    "TimeZone": "America/St_Johns",
    "work_mem": "7MB",
    "statement_timeout": "90s",
    "shop.tenant": "a=b, c='d'",
    "shop.empty": "",
}


@pytest.fixture
def dressed(server):
    """A template with everything that CREATE DATABASE … TEMPLATE leaves behind."""
    server.create_database("dressed", sql_text='CREATE SCHEMA "Odd ""schema"""')
    with server.session("dressed", "postgres") as connection, connection.cursor() as cursor:
        for name, value in ODD_SETTINGS.items():
            if name == "search_path":
                cursor.execute(f"ALTER DATABASE dressed SET search_path = {value}")
            else:
                quoted = ".".join(f'"{part}"' for part in name.split("."))
                cursor.execute(f"ALTER DATABASE dressed SET {quoted} = %s", (value,))
    server.create_role("reader")
    server.create_role("Odd \"role\"'s")
    server.run("REVOKE ALL ON DATABASE dressed FROM PUBLIC")
    server.run("GRANT CONNECT ON DATABASE dressed TO reader")
    server.run("GRANT TEMPORARY ON DATABASE dressed TO {} WITH GRANT OPTION", "Odd \"role\"'s")
    server.run("ALTER DATABASE dressed CONNECTION LIMIT 17")
    return server


def effective_settings(server, database, user="tester"):
    with server.session(database, user) as connection, connection.cursor() as cursor:
        found = {}
        for name in ODD_SETTINGS:
            cursor.execute("SELECT current_setting(%s, true)", (name,))
            found[name] = cursor.fetchone()[0]
        return found


@pytest.mark.core
def test_database_settings_with_odd_values_are_on_the_clone(dressed, pgclone):
    pgclone.create("--template", "dressed", server=dressed.url("dressed", "postgres"))
    assert effective_settings(dressed, "dressed_gw0") == effective_settings(dressed, "dressed")
    catalog = dressed.catalog()
    assert catalog["dressed_gw0"].settings == catalog["dressed"].settings


@pytest.mark.core
def test_a_plain_role_copies_what_it_may_and_names_the_settings_it_may_not(dressed, pgclone):
    """Variables that no extension has defined (`shop.tenant`) may be set by superusers only."""
    result = pgclone.ok("create", "--template", "dressed")
    copied, wanted = effective_settings(dressed, "dressed_gw0"), effective_settings(dressed, "dressed")
    for name in ODD_SETTINGS:
        if name.startswith("shop."):
            assert copied[name] == wanted[name] or f'"{name}"' in result.stderr
        else:
            assert copied[name] == wanted[name]


@pytest.mark.core
def test_settings_of_a_role_in_the_database_are_on_the_clone_or_said_to_be_lost(dressed, pgclone):
    """ALTER ROLE … IN DATABASE … SET wants more than a plain role has for other roles."""
    dressed.run("ALTER ROLE tester IN DATABASE dressed SET lock_timeout = '5s'")
    dressed.run("ALTER ROLE reader IN DATABASE dressed SET work_mem = '9MB'")
    pgclone.create("--template", "dressed", server=dressed.url("dressed", "postgres"))
    catalog = dressed.catalog()
    assert catalog["dressed_gw0"].settings == catalog["dressed"].settings


@pytest.mark.core
def test_a_plain_role_is_told_of_settings_it_may_not_copy(dressed, pgclone):
    dressed.run("ALTER ROLE tester IN DATABASE dressed SET lock_timeout = '5s'")
    dressed.run("ALTER ROLE reader IN DATABASE dressed SET work_mem = '9MB'")
    result = pgclone("create", "--template", "dressed")
    settings = dict(dressed.catalog().get("dressed_gw0").settings) if result.code == 0 else {}
    assert result.code in (0, 6), str(result)
    if result.code == 0:
        assert settings.get("tester") == "lock_timeout=5s", "one's own setting is copied"
    assert "reader" in result.stderr, f"nothing says that reader's setting was lost\n{result}"


@pytest.mark.core
def test_grants_on_the_database_are_on_the_clone(dressed, pgclone):
    pgclone.create("--template", "dressed")
    acl = {entry.rsplit("/", 1)[0] for entry in dressed.catalog()["dressed_gw0"].acl}
    assert "reader=c" in acl
    assert any("T*" in entry and "role" in entry for entry in acl), acl
    assert not any(entry.startswith("=") for entry in acl), "PUBLIC got in"


@pytest.mark.core
def test_the_connection_limit_is_on_the_clone(dressed, pgclone):
    pgclone.create("--template", "dressed")
    assert dressed.catalog()["dressed_gw0"].connection_limit == 17


@pytest.mark.core
def test_a_clone_of_an_is_template_database_can_be_dropped(server, pgclone):
    server.create_database("golden")
    server.run("ALTER DATABASE golden IS_TEMPLATE true")
    made = pgclone.create("--template", "golden")
    assert not server.catalog()["golden_gw0"].is_template
    pgclone.ok("drop", "--all", "--template", "golden")
    assert not set(made.databases) & server.names()


@pytest.mark.core
def test_all_or_nothing_when_one_name_is_taken_meanwhile(server, pgclone):
    """Somebody makes circ_gw2 after pgclone looked: the others are dropped again, theirs stays."""
    before = server.names()
    with locked(server, "pg_shdescription"):
        process = pgclone.start("create", "--template", "circ", "-w", "4", "-j", "4")
        wait_for_statement(server, "COMMENT ON DATABASE", waiting=True)
        server.create_database("circ_gw2", sql_text="CREATE TABLE precious (x int)")
    result = pgclone.finish(process)
    assert result.code in (1, 4), str(result)
    result.expect_error(result.code, '"circ_gw2"')
    assert server.names() == before | {"circ_gw2"}
    assert server.value("SELECT to_regclass('precious') IS NOT NULL", database="circ_gw2")


@pytest.mark.core
def test_a_strangers_database_that_took_the_name_meanwhile_is_not_dropped(server, pgclone, clone):
    """circ_gw0 was ours when pgclone looked, and is somebody else's when it is to be replaced."""
    clone()
    with locked(server, "pg_shdescription"):
        process = pgclone.start("create", "--template", "circ")
        wait_for_statement(server, "COMMENT ON DATABASE", waiting=True)
        server.run("ALTER DATABASE circ_gw0 RENAME TO aside")
        server.create_database("circ_gw0", sql_text="CREATE TABLE precious (x int)")
    result = pgclone.finish(process)
    assert server.value("SELECT to_regclass('precious') IS NOT NULL", database="circ_gw0"), str(result)
    assert result.code in (1, 4), str(result)


def test_each_failure_is_reported_in_worker_order_with_the_servers_hint(server, pgclone):
    """A template whose collations are older than the system's fails with XX000 and a hint."""
    if server.major < 15:
        pytest.skip("collation versions of databases came with PostgreSQL 15")
    server.query(
        "CREATE DATABASE aged OWNER tester TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'"
    )
    server.query("UPDATE pg_database SET datcollversion = '0' WHERE datname = 'aged'")
    with server.unchanged():
        result = pgclone("create", "--template", "aged", "-w", "3", "-j", "2")
    result.expect_error(1, "collation version").has_hint("REFRESH COLLATION VERSION")
    names = re.findall(r'error: .*"(aged_gw\d)"', result.stderr)
    assert names and names == sorted(names)


def test_empty_databases_lack_what_the_site_put_into_template1(own_server, pgclone):
    """Unless it is asked for: any role may clone template1."""
    server = own_server()
    server.query("CREATE TABLE site (x integer)", database="template1")
    made = "SELECT to_regclass('site') IS NOT NULL"
    pgclone.create(server=server.url("circ"))
    assert not server.value(made, database="circ_gw0")
    names = pgclone.create("--template", "template1", "-w", "2", server=server.url("circ")).databases
    assert names == ["template1_gw0", "template1_gw1"]
    for name in names:
        assert server.value(made, database=name)
    pgclone.ok("drop", "--all", "--template", "template1", server=server.url("circ"))
