"""Settings: where a value comes from, and mistakes in each place, with exit code 2."""
import os

import pytest
from support.server import free_port

CLOSED = "postgresql://tester@127.0.0.1:1/circ"


@pytest.fixture
def config(tmp_path):
    """Writes pgclone.yaml in the folder where pgclone runs."""

    def write(text, name="pgclone.yaml"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def test_flag_over_environment_over_yaml_over_default(pgclone, config):
    assert len(pgclone.create().databases) == 1
    config("workers: 2\n")
    assert len(pgclone.create().databases) == 2
    env = {"PGCLONE_WORKERS": "3"}
    assert len(pgclone.create(env=env).databases) == 3
    assert len(pgclone.create("--workers", "4", env=env).databases) == 4


def test_every_setting_can_stand_in_yaml(server, pgclone, config):
    server.create_role("keeper", "NOLOGIN")
    server.run("GRANT keeper TO tester")
    server.create_database("office")
    config(
        f"""\
server: {server.url("circ")}
maintenance_database: office
project: shop
workers: 2
runner: jest
create_database: true
external_schema: true
template: circ
name: "{{base}}-{{worker}}-{{run}}"
run_id: r1
owner: keeper
grant_to: tester
strategy: file_copy
jobs: 2
existing: replace
wait: 5
disconnect_template: false
spares: 0
"""
    )
    made = pgclone.create(server=None)
    assert made.databases == ["circ-1-r1", "circ-2-r1"]
    assert made.json["project"] == "shop"
    assert server.catalog()["circ-1-r1"].owner == "keeper"


def test_every_setting_can_stand_in_the_environment(server, pgclone):
    env = {
        "PGCLONE_MAINTENANCE_DATABASE": "postgres",
        "PGCLONE_PROJECT": "shop",
        "PGCLONE_WORKERS": "2",
        "PGCLONE_RUNNER": "jest",
        "PGCLONE_CREATE_DATABASE": "true",
        "PGCLONE_EXTERNAL_SCHEMA": "true",
        "PGCLONE_TEMPLATE": "circ",
        "PGCLONE_NAME": "{base}-{worker}-{run}",
        "PGCLONE_RUN_ID": "r1",
        "PGCLONE_OWNER": "tester",
        "PGCLONE_GRANT_TO": "tester",
        "PGCLONE_STRATEGY": "file_copy",
        "PGCLONE_JOBS": "2",
        "PGCLONE_EXISTING": "replace",
        "PGCLONE_WAIT": "5",
        "PGCLONE_DISCONNECT_TEMPLATE": "false",
        "PGCLONE_SPARES": "0",
    }
    assert pgclone.create(env=env).databases == ["circ-1-r1", "circ-2-r1"]


def test_template_implies_cloning_unless_it_is_said_otherwise(server, pgclone, config):
    config("template: circ\n")
    assert server.value("SELECT count(*) FROM book", database=pgclone.create().databases[0]) == 5
    config("template: circ\nexternal_schema: false\n")
    pgclone.create()
    assert server.value("SELECT to_regclass('book') IS NULL", database="circ_gw0")


def test_a_template_of_a_higher_source_is_cloned(server, pgclone, config):
    def copied():
        return server.value("SELECT to_regclass('book') IS NOT NULL", database="circ_gw0")

    config("external_schema: false\n")
    pgclone.create("--template", "circ")
    assert copied()
    pgclone.create("--template", "circ", env={"PGCLONE_EXTERNAL_SCHEMA": "false"})
    assert copied()
    pgclone.create(env={"PGCLONE_TEMPLATE": "circ"})
    assert copied()
    pgclone.create("--template", "circ", "--no-clone")
    assert not copied()
    pgclone.create("--no-clone", env={"PGCLONE_TEMPLATE": "circ"})
    assert not copied()


def test_workers_auto_is_the_cpus_this_process_may_use(pgclone):
    assert len(pgclone.create("--workers", "auto").databases) == len(os.sched_getaffinity(0))


def test_a_config_file_that_is_named_must_be_there(pgclone, tmp_path):
    missing = str(tmp_path / "none.yaml")
    pgclone("create", "--config", missing).expect_error(2, "none.yaml")
    pgclone("create", env={"PGCLONE_CONFIG": missing}).expect_error(2, "none.yaml")


def test_a_config_file_can_be_named(pgclone, config):
    path = config("workers: 3\n", "other.yaml")
    assert len(pgclone.create("-c", path).databases) == 3
    assert len(pgclone.create(env={"PGCLONE_CONFIG": path}).databases) == 3


def test_variables_are_expanded_after_parsing(pgclone, config):
    config("run_id: ${CI_JOB:-local}\nname: \"{base}_${SUITE}_$$_{worker}\"\n")
    env = {"SUITE": "x: [not, yaml] #", "CI_JOB": ""}
    assert pgclone.create(env=env).databases == ["circ_x: [not, yaml] #_$_gw0"]


def test_an_unset_variable_names_file_line_key_and_variable(pgclone, config):
    config("workers: 2\n\nserver: postgresql://${DB_USER}@host/db\n")
    pgclone("create", server=None).expect_error(2, "pgclone.yaml:3:", "server", "DB_USER")


MISTAKES = {
    "unknown key": ("workers: 2\nworkerz: 3\n", "pgclone.yaml:2:", "workerz"),
    "duplicate key": ("workers: 2\nproject: x\nworkers: 3\n", "pgclone.yaml:3:", "workers"),
    "wrong type": ("project: x\nworkers: [1, 2]\n", "pgclone.yaml:2:", "workers"),
    "mapping for a string": ("template:\n  name: circ\n", "pgclone.yaml:", "template"),
    "not a number": ("workers: many\n", "pgclone.yaml:1:", "workers", "many"),
    "zero workers": ("workers: 0\n", "pgclone.yaml:1:", "workers"),
    "negative": ("wait: -1\n", "pgclone.yaml:1:", "wait"),
    "out of range": ("workers: 99999999999999999999\n", "pgclone.yaml:1:", "workers"),
    "not a truth value": ("create_database: perhaps\n", "pgclone.yaml:1:", "create_database"),
    "unknown word": ("existing: delete\n", "pgclone.yaml:1:", "existing", "replace"),
    "unknown runner": ("runner: nunit\n", "pgclone.yaml:1:", "runner", "pytest-xdist"),
    "unknown strategy": ("strategy: fast\n", "pgclone.yaml:1:", "strategy", "wal_log"),
    "tab": ("workers: 2\n\tproject: x\n", "pgclone.yaml:2:"),
    "open bracket": ("workers: [2\n", "pgclone.yaml:"),
    "not a mapping": ("- workers\n", "pgclone.yaml:"),
    "two documents": ("workers: 2\n---\nworkers: 3\n", "pgclone.yaml:2:"),
    "tag": ("workers: 2\nproject: !secret x\n", "pgclone.yaml:2:", "project"),
    "alias": ("owner: &a x\nproject: *a\n", "pgclone.yaml:2:", "project"),
    "duplicate key in build": ("build:\n  sql: a\n  sql: b\n", "pgclone.yaml:3:", "build.sql"),
    "mapping in build": ("build:\n  inputs: {a: b}\n", "pgclone.yaml:2:", "build.inputs"),
    "open variable": ("project: ${X\n", "pgclone.yaml:1:", "project"),
    "unknown key in build": ("build:\n  sqls: [x]\n", "pgclone.yaml:2:", "sqls"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_in_yaml_is_named_with_file_and_line(pgclone, config, kind):
    text, *says = MISTAKES[kind]
    config(text)
    pgclone("create", server=CLOSED).expect_error(2, *says)


def test_mistakes_in_values_are_all_found_at_once(pgclone, config):
    """Every value wrong, with its line, in one go, and beside them those of the other sources."""
    lines = [
        "# a comment",
        "workers: many",
        "runner: nunit",
        "create_database: perhaps",
        "external_schema: 7",
        "strategy: fast",
        "jobs: 0",
        "existing: delete",
        "wait: -5",
        "spares: 1000000000000",
        "disconnect_template: 7",
        "project: ${UNSET_VARIABLE}",
        "owner: ${OPEN",
        "run_id:",
    ]
    text = "\n".join(lines) + "\n" + "#" * 600 + "\n"
    config(text)
    env = {"PGCLONE_NAME": ""}
    errors = pgclone("create", "-w", "x", server=CLOSED, env=env).expect_error(2).stderr
    for number, line in list(enumerate(lines, 1))[1:]:
        assert f"pgclone.yaml:{number}: {line.split(':')[0]}" in errors, f"no message for: {line}\n{errors}"
    for says in ("UNSET_VARIABLE", "PGCLONE_NAME: ", "--workers: "):
        assert says in errors


@pytest.mark.parametrize(
    "variable, value",
    [
        ("PGCLONE_WORKERS", "0"), ("PGCLONE_WORKERS", ""), ("PGCLONE_WORKERS", "2x"),
        ("PGCLONE_WORKERS", " 2"), ("PGCLONE_WAIT", "1.5"), ("PGCLONE_RUNNER", "nunit"),
        ("PGCLONE_CREATE_DATABASE", "perhaps"), ("PGCLONE_EXISTING", "REPLACE!"),
        ("PGCLONE_STRATEGY", "fast"), ("PGCLONE_JOBS", "-1"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_environment_names_the_variable(pgclone, variable, value):
    pgclone("create", server=CLOSED, env={variable: value}).expect_error(2, variable + ": ")


@pytest.mark.parametrize(
    "flag, value",
    [("--workers", "0"), ("--wait", "soon"), ("--runner", "nunit"), ("--existing", "x"),
     ("--strategy", "fast"), ("--jobs", "many")],
)  # fmt: skip
def test_a_mistake_in_a_flag_names_the_flag(pgclone, flag, value):
    pgclone("create", flag, value, server=CLOSED).expect_error(2, flag + ": ")


def test_libpqs_own_variables_are_used_when_no_server_is_set(server, pgclone):
    env = {"PGHOST": server.socket, "PGPORT": str(server.port), "PGUSER": "tester", "PGDATABASE": "circ"}
    assert pgclone.create("--clone", server=None, env=env).databases == ["circ_gw0"]


def test_a_service_file_is_used_when_no_server_is_set(server, pgclone, tmp_path):
    (tmp_path / "service.conf").write_text(
        f"[shop]\nhost={server.socket}\nport={server.port}\nuser=tester\ndbname=circ\n"
    )
    env = {"PGSERVICEFILE": str(tmp_path / "service.conf"), "PGSERVICE": "shop"}
    assert pgclone.create("--clone", server=None, env=env).databases == ["circ_gw0"]
    assert pgclone.ok("list", server="service=shop", env=env).rows[0][1] == "circ_gw0"


def test_nothing_is_attempted_when_a_setting_is_wrong(pgclone):
    """Exit code 2 comes before any connection: the port is closed, and nobody waits for it."""
    closed = f"postgresql://tester@127.0.0.1:{free_port()}/circ"
    pgclone("drop", "--all", "--wait", "x", server=closed).expect_error(2, "--wait")


def test_the_base_name_is_test_when_nothing_is_configured(server, pgclone):
    env = {"PGHOST": server.socket, "PGPORT": str(server.port), "PGUSER": "tester"}
    assert pgclone.create(server=None, env=env).databases == ["test_gw0"]
