"""doctor: each planted fault is found with the exit code of a create, and its fix, pasted, mends it."""
import json

import pytest
from support.doctor import Patient, of_check
from support.machine import unavailable
from support.pgbouncer import Pgbouncer, find_program
from support.running import Running


@pytest.fixture
def patient(pgclone, server, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    made = Patient(pgclone, server, folder)
    yield made
    made.release()


# Each plants one fault. The name of the function is what is wrong.


def wrong_values_in_the_file(patient):
    patient.folder.joinpath("pgclone.yaml").write_text("project: shop\njobs: many\nspares: few\n")


def wrong_variable(patient):
    patient.env["PGCLONE_EXISTING"] = "perhaps"


def no_template_to_clone(patient):
    del patient.env["PGCLONE_TEMPLATE"]
    patient.env["PGCLONE_EXTERNAL_SCHEMA"] = "true"
    patient.use(patient.server, database="")


def template_is_the_maintenance_database(patient):
    patient.env["PGCLONE_TEMPLATE"] = "postgres"
    patient.server.run("ALTER DATABASE postgres IS_TEMPLATE true")
    patient.at_end.append(lambda: patient.server.run("ALTER DATABASE postgres IS_TEMPLATE false"))


def name_is_too_long(patient):
    patient.env["PGCLONE_NAME"] = "x" * 62 + "{worker}"


def two_workers_share_a_name(patient):
    patient.env["PGCLONE_NAME"] = "all"


def serial_with_several_workers(patient):
    patient.env["PGCLONE_CREATE_DATABASE"] = "false"


def serial_without_a_database(patient):
    patient.env.update(PGCLONE_CREATE_DATABASE="false", PGCLONE_WORKERS="1")
    patient.use(patient.server, database="")


def no_maintenance_database(patient):
    patient.env["PGCLONE_MAINTENANCE_DATABASE"] = "nowhere"


def may_not_create(patient):
    patient.server.create_role("weak")
    patient.server.create_database("weak", "weak")
    patient.env["PGCLONE_TEMPLATE"] = "weak"
    patient.use(patient.server, user="weak")


def no_template(patient):
    patient.env["PGCLONE_TEMPLATE"] = "gone"


def template_of_another(patient):
    patient.server.create_database("theirs", "postgres")
    patient.env["PGCLONE_TEMPLATE"] = "theirs"


def template_half_dropped(patient):
    patient.server.create_database("half")
    patient.server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half'")
    patient.env["PGCLONE_TEMPLATE"] = "half"
    patient.at_end.append(lambda: patient.server.drop_databases(["half"]))


def no_owner(patient):
    patient.env["PGCLONE_OWNER"] = "nobody here"


def owner_out_of_reach(patient):
    patient.server.create_role("boss")
    patient.env["PGCLONE_OWNER"] = "boss"


def no_grantee(patient):
    patient.env["PGCLONE_GRANT_TO"] = "app"


def strategy_of_another_version(patient):
    if patient.server.major >= 18:
        pytest.skip("it has them all")
    patient.env["PGCLONE_STRATEGY"] = "clone"


def name_is_taken(patient):
    patient.server.create_database("circ_gw1")


def name_is_held(patient):
    running = Running(patient.pgclone, "-w", "1", "--name", "circ_{worker}")
    patient.at_end.append(running.stop)


def name_is_there(patient):
    patient.pgclone.ok("create", "-w", "1", server=None, env=patient.env)
    patient.env["PGCLONE_EXISTING"] = "fail"


def template_is_busy(patient):
    connection = patient.server.connect("circ", "tester")
    patient.at_end.append(connection.close)


def template_has_a_prepared_transaction(patient):
    patient.use(patient.own_server(max_prepared_transactions=2))
    with patient.server.session("circ", "tester") as session, session.cursor() as cursor:
        cursor.execute("BEGIN; INSERT INTO author VALUES (9, 'Ann'); PREPARE TRANSACTION 'a ''b'''")


def template_of_another_collation(patient):
    if patient.server.major < 15:
        pytest.skip("databases know their collation's version from 15 on")
    patient.server.run(
        "CREATE DATABASE {} OWNER tester TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'", "sorted"
    )
    patient.server.query("UPDATE pg_database SET datcollversion = '1.0' WHERE datname = 'sorted'")
    patient.env["PGCLONE_TEMPLATE"] = "sorted"


def may_not_replay(patient):
    if patient.server.major < 15:
        pytest.skip("undo takes 15")
    patient.env["PGCLONE_RESET"] = "undo"


def tables_of_another(patient):
    may_not_replay(patient)
    patient.server.create_role("other")
    patient.server.create_database("mixed", "tester", "CREATE TABLE a (a int);")
    patient.server.query("CREATE TABLE b (b int); ALTER TABLE b OWNER TO other", database="mixed")
    patient.server.query("GRANT SET ON PARAMETER session_replication_role TO tester")
    patient.env["PGCLONE_TEMPLATE"] = "mixed"
    patient.at_end.append(
        lambda: patient.server.query("REVOKE SET ON PARAMETER session_replication_role FROM tester")
    )


def transactions_are_pooled(patient):
    if find_program() is None:
        unavailable("pgbouncer is not installed (Debian's package pgbouncer)")
    bouncer = Pgbouncer(patient.server, "transaction")
    patient.at_end.append(bouncer.__exit__)
    patient.env.update(PGCLONE_SERVER=bouncer.url("circ"), PGPASSWORD="secret word")


def names_have_no_room_for_a_run(patient):
    patient.env["PGCLONE_TEMPLATE"] = "t" * 54
    patient.server.create_database("t" * 54)


def dead_runs_have_left_databases(patient):
    with Running(patient.pgclone, "-w", "2", "--project", "other") as running:
        running.kill()


def half_dropped_database(patient):
    patient.server.create_database('odd "one"')
    patient.server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname LIKE 'odd%'")


def template_allows_few(patient):
    patient.server.create_database("few")
    patient.server.query("ALTER DATABASE few CONNECTION LIMIT 2")
    patient.env["PGCLONE_TEMPLATE"] = "few"


def role_may_have_few(patient):
    patient.server.create_role("slow", "LOGIN CREATEDB CONNECTION LIMIT 3")
    patient.server.create_database("slow", "slow")
    patient.env["PGCLONE_TEMPLATE"] = "slow"
    patient.use(patient.server, user="slow")


def few_connections(patient):
    patient.use(patient.own_server(max_connections=12))
    patient.restarts = ["max_connections"]


def few_locks(patient):
    patient.use(patient.own_server(max_locks_per_transaction=10, max_connections=20), user="postgres")
    patient.restarts = ["max_locks_per_transaction"]
    patient.server.query(
        "DO $$ BEGIN FOR i IN 1..120 LOOP EXECUTE format('CREATE TABLE t%s (a text)', i); END LOOP; END $$",
        database="circ",
    )


def everything_is_synced(patient):
    patient.use(patient.own_server(fsync="on", synchronous_commit="on", full_page_writes="on"))
    patient.restarts = ["fsync"]


def commits_wait(patient):
    patient.use(patient.own_server(fsync="on", synchronous_commit="on", full_page_writes="on"))


def pages_are_logged(patient):
    patient.use(patient.own_server(fsync="on", synchronous_commit="on", full_page_writes="on"))
    patient.restarts = ["full_page_writes"]


def little_log(patient):
    if patient.server.major < 15:
        pytest.skip("copies go through the log from 15 on")
    patient.use(patient.own_server(fsync="on", min_wal_size="32MB", max_wal_size="32MB"))
    patient.env["PGCLONE_WORKERS"] = "8"
    patient.restarts = ["max_wal_size"]


# The check that finds it, the exit code (0: a warning), and the fault.
FAULTS = [
    ("settings", 2, wrong_values_in_the_file),
    ("settings", 2, wrong_variable),
    ("scope", 4, no_template_to_clone),
    ("scope", 4, template_is_the_maintenance_database),
    ("scope", 2, name_is_too_long),
    ("scope", 2, two_workers_share_a_name),
    ("serial", 4, serial_with_several_workers),
    ("serial", 4, serial_without_a_database),
    ("connection", 3, no_maintenance_database),
    ("role", 6, may_not_create),
    ("template", 1, no_template),
    ("template", 6, template_of_another),
    ("template", 1, template_half_dropped),
    ("owner", 1, no_owner),
    ("owner", 6, owner_out_of_reach),
    ("grant_to", 1, no_grantee),
    ("strategy", 2, strategy_of_another_version),
    ("names", 4, name_is_taken),
    ("held", 4, name_is_held),
    ("existing", 4, name_is_there),
    ("busy", 5, template_is_busy),
    ("busy", 5, template_has_a_prepared_transaction),
    ("collation", 1, template_of_another_collation),
    ("undo", 6, may_not_replay),
    ("undo", 6, tables_of_another),
    ("proxy", 1, transactions_are_pooled),
    ("run names", 0, names_have_no_room_for_a_run),
    ("stale", 0, dead_runs_have_left_databases),
    ("invalid", 0, half_dropped_database),
    ("limit", 0, template_allows_few),
    ("role limit", 0, role_may_have_few),
    ("connections", 0, few_connections),
    ("locks", 0, few_locks),
    ("fsync", 0, everything_is_synced),
    ("synchronous_commit", 0, commits_wait),
    ("full_page_writes", 0, pages_are_logged),
    ("max_wal_size", 0, little_log),
]


@pytest.mark.core
@pytest.mark.parametrize("check, code, plant", FAULTS, ids=[plant.__name__ for _, _, plant in FAULTS])
def test_a_fault_is_found_and_its_fix_mends_it(patient, own_server, check, code, plant):
    patient.own_server = own_server
    plant(patient)
    found = patient.doctor().expect(code)
    assert found.json["exit"] == code
    sick = of_check(found, check, "error" if code else "warning")
    assert sick, found.stdout
    assert sick[0]["exit"] == code
    for finding in sick:
        assert finding["fix"] and finding["fix_in"] in ("psql", "shell"), finding
        patient.paste(finding)
    mended = patient.doctor().expect(0)
    assert not of_check(mended, check, "error") and not of_check(mended, check, "warning"), mended.stdout


# What a create says of the same faults; where its plan is enough to tell.
TOLD_BY_CREATE = [
    (code, plant)
    for check, code, plant in FAULTS
    if check not in ("busy", "collation", "undo", "connections") and (code != 0 or check == "limit")
]


@pytest.mark.parametrize("code, plant", TOLD_BY_CREATE, ids=[plant.__name__ for _, plant in TOLD_BY_CREATE])
def test_its_exit_code_is_that_of_a_create(patient, own_server, code, plant):
    patient.own_server = own_server
    plant(patient)
    patient.create().expect(code)


@pytest.mark.parametrize("plant", [template_is_busy, template_of_another_collation, may_not_replay])
def test_its_exit_code_is_that_of_a_create_that_is_tried(patient, own_server, plant):
    patient.own_server = own_server
    plant(patient)
    code = patient.doctor().code
    patient.pgclone("create", server=None, env=patient.env, cwd=patient.folder).expect(code)


@pytest.mark.core
def test_all_is_well(patient, server):
    with server.unchanged():
        result = patient.doctor().expect(0)
    assert not result.stderr
    found = {finding["check"]: finding for finding in result.json["findings"]}
    assert all(finding["severity"] != "error" for finding in found.values())
    assert found["connection"]["severity"] == "ok"
    assert '"circ"' in found["template"]["text"]


def test_it_changes_nothing_and_ends_nobodys_session(patient, server, own_server):
    """Also where a create would end sessions, and sweep."""
    dead_runs_have_left_databases(patient)
    patient.env["PGCLONE_DISCONNECT_TEMPLATE"] = "true"
    connection = server.connect("circ", "tester")
    try:
        with server.unchanged():
            result = patient.doctor().expect(0)
        assert of_check(result, "busy", "warning")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def test_mistakes_are_told_all_at_once(patient):
    wrong_values_in_the_file(patient)
    patient.env["PGCLONE_WORKERS"] = "-1"
    result = patient.doctor().expect(2)
    texts = [finding["text"] for finding in of_check(result, "settings", "error")]
    assert [text.split(": ")[0] for text in texts] == ["pgclone.yaml:2", "pgclone.yaml:3", "PGCLONE_WORKERS"]


def test_no_server(patient):
    patient.env["PGCLONE_SERVER"] = "postgresql://127.0.0.1:1/circ"
    result = patient.doctor().expect(3)
    assert "127.0.0.1" in of_check(result, "connection", "error")[0]["text"]


def test_a_built_template_that_is_missing_is_no_fault(project):
    project.usual()
    result = project.pgclone("doctor", "--format", "json", cwd=project.folder)
    assert of_check(result, "template")[0]["severity"] == "ok", result.stdout


def test_files_of_a_build_that_cannot_be_read(patient):
    patient.folder.joinpath("pgclone.yaml").write_text("build:\n  sql: [gone.sql]\n")
    result = patient.doctor().expect(2)
    assert "gone.sql" in of_check(result, "build", "error")[0]["text"]


def test_text(patient):
    may_not_create(patient)
    result = patient.pgclone("doctor", server=None, env=patient.env).expect(6)
    lines = result.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("error    role "))
    assert "        ALTER ROLE \"weak\" CREATEDB;" in lines[at:], result.stdout


def test_ephemeral_asks_no_server(patient):
    patient.env["PGCLONE_SERVER"] = "postgresql://127.0.0.1:1/circ"
    result = patient.pgclone("doctor", "--ephemeral", "--format", "json", server=None, env=patient.env).expect(0)
    assert {finding["check"] for finding in json.loads(result.stdout)["findings"]} == {
        "ephemeral", "memory", "overlay",
    }  # fmt: skip
    patient.pgclone("doctor", "--ephemeral", "--postgres-bindir", "/nowhere", server=None, env=patient.env).expect(2)


def test_passwords_are_not_shown(patient, server):
    patient.env["PGCLONE_SERVER"] = server.url("circ", password="secret word", tcp=True)
    result = patient.doctor()
    assert "secret" not in result.stdout + result.stderr
