"""url: one worker's connection URL and nothing else."""
import json
import os

import psycopg2
import pytest

RUNNERS = {
    "pytest-xdist": ("PYTEST_XDIST_WORKER", "gw1", "circ_gw1"),
    "jest": ("JEST_WORKER_ID", "2", "circ_2"),
    "vitest": ("VITEST_POOL_ID", "2", "circ_2"),
    "mocha": ("MOCHA_WORKER_ID", "1", "circ_1"),
    "nextest": ("NEXTEST_TEST_GLOBAL_SLOT", "1", "circ_1"),
    "paratest": ("TEST_TOKEN", "2", "circ_2"),
    "mix": ("MIX_TEST_PARTITION", "2", "circ_2"),
    "parallel-tests": ("TEST_ENV_NUMBER", "2", "circ_2"),
}
FIRST = {
    "pytest-xdist": "circ_gw0", "jest": "circ_1", "vitest": "circ_1", "mocha": "circ_0",
    "nextest": "circ_0", "paratest": "circ_1", "mix": "circ_1", "parallel-tests": "circ_1",
    "django": "circ_1",
}  # fmt: skip


def database_of(url):
    connection = psycopg2.connect(url.strip())
    try:
        return connection.info.dbname
    finally:
        connection.close()


@pytest.mark.core
@pytest.mark.parametrize("runner", RUNNERS)
def test_the_current_worker_comes_from_its_runners_variable(pgclone, runner):
    variable, worker, name = RUNNERS[runner]
    created = pgclone.create("--clone", "--runner", runner, "-w", "2")
    result = pgclone.ok("url", "--clone", "--runner", runner, env={variable: worker})
    assert result.stdout.count("\n") == 1
    assert database_of(result.stdout) == name
    assert result.stdout.strip() in created.urls.values()


@pytest.mark.parametrize("runner", FIRST)
def test_without_the_variable_it_is_the_first_worker(pgclone, runner):
    pgclone.create("--clone", "--runner", runner, "-w", "2")
    assert database_of(pgclone.ok("url", "--clone", "--runner", runner).stdout) == FIRST[runner]


def test_pytests_master_is_the_first_worker(pgclone):
    pgclone.create("--clone")
    url = pgclone.ok("url", "--clone", env={"PYTEST_XDIST_WORKER": "master"}).stdout
    assert database_of(url) == "circ_gw0"


def test_the_empty_id_of_parallel_tests_is_its_first_worker(pgclone):
    pgclone.create("--clone", "--runner", "parallel-tests", "-w", "2")
    url = pgclone.ok("url", "--clone", "--runner", "parallel-tests", env={"TEST_ENV_NUMBER": ""}).stdout
    assert database_of(url) == "circ_1"


def test_a_worker_can_be_named(pgclone):
    pgclone.create("--clone", "-w", "2")
    assert database_of(pgclone.ok("url", "--clone", "--worker", "gw1").stdout) == "circ_gw1"


def test_url_needs_no_connection(pgclone):
    closed = "postgresql://tester@127.0.0.1:1/circ"
    assert pgclone.ok("url", server=closed).stdout == "postgresql://tester@127.0.0.1:1/circ_gw0\n"


def test_serial_use_prints_the_configured_url(pgclone):
    assert database_of(pgclone.ok("url", "--no-create").stdout) == "circ"


def test_a_run_id_is_part_of_the_name(pgclone, clone):
    clone("--run-id", "r1")
    assert database_of(pgclone.ok("url", "--template", "circ", "--run-id", "r1").stdout) == "circ_r1_gw0"


@pytest.mark.core
def test_the_manifest_answers_without_any_other_setting(pgclone, clone, tmp_path):
    manifest = tmp_path / "workers.json"
    clone("--workers", "3", "--run-id", "r1", "-o", str(manifest))
    env = {"PGCLONE_MANIFEST": str(manifest), "PYTEST_XDIST_WORKER": "gw2"}
    url = pgclone.ok("url", server=None, env=env).stdout
    assert database_of(url) == "circ_r1_gw2"
    expected = json.loads(manifest.read_text())["databases"][2]["url"]
    assert url == expected + "\n"


def test_a_manifest_needs_nothing_of_the_settings_file(pgclone, clone, tmp_path):
    """But the runner, which is found whatever else is wrong with the file."""
    manifest = tmp_path / "workers.json"
    clone("--runner", "jest", "--workers", "2", "-o", str(manifest))
    (tmp_path / "pgclone.yaml").write_text("server: postgresql://${DB_PASSWORD}@h/d\nrunner: jest\n")
    env = {"PGCLONE_MANIFEST": str(manifest), "JEST_WORKER_ID": "2"}
    assert database_of(pgclone.ok("url", server=None, env=env).stdout) == "circ_2"
    assert database_of(pgclone.ok("url", "1", server=None, env=env).stdout) == "circ_1"
    pgclone("url", server=None, env={"JEST_WORKER_ID": "2"}).expect_error(2, "DB_PASSWORD")


@pytest.mark.parametrize(
    "runner, variable, value",
    [("pytest-xdist", "PYTEST_XDIST_WORKER_COUNT", "4"), ("pytest-xdist", "PYTEST_XDIST_WORKER", "gw1"),
     ("nextest", "NEXTEST_TEST_THREADS", "2"), ("jest", "JEST_WORKER_ID", "2")],
)  # fmt: skip
def test_serial_use_is_refused_where_the_runner_says_that_there_are_more_workers(
    pgclone, runner, variable, value
):
    result = pgclone("url", "--no-create", "--runner", runner, env={variable: value})
    result.expect_error(4, variable, value, "serially").has_hint("--create")


def test_a_worker_that_the_manifest_does_not_know(pgclone, clone, tmp_path):
    manifest = tmp_path / "workers.json"
    clone("--workers", "2", "-o", str(manifest))
    env = {"PGCLONE_MANIFEST": str(manifest), "PYTEST_XDIST_WORKER": "gw7"}
    pgclone("url", server=None, env=env).expect_error(2, "gw7", "gw0", "gw1")


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"pgclone":1}', '{"pgclone":2,"databases":[]}'])
def test_a_manifest_that_cannot_be_read(pgclone, tmp_path, content):
    manifest = tmp_path / "workers.json"
    if content is not None:
        manifest.write_text(content)
    env = {"PGCLONE_MANIFEST": str(manifest)}
    pgclone("url", server=None, env=env).expect_error(2, "workers.json")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg2", "postgresql+asyncpg", "postgres+psycopg"])
def test_the_scheme_is_given_back_as_it_was_configured(server, pgclone, scheme):
    """Applications choose their driver by it; the server is reached by libpq all the same."""
    pgclone.server = server.url("circ").replace("postgresql", scheme, 1)
    made = pgclone.create("--clone", "-w", "2")
    assert all(url.startswith(scheme + "://") for url in made.urls.values())
    assert pgclone.ok("url", "--clone", "--worker", "gw1").stdout == made.urls["gw1"] + "\n"
    assert database_of(made.urls["gw1"].replace(scheme, "postgresql", 1)) == "circ_gw1"


FOREIGN = {
    "jdbc:postgresql://h/d?user=u&password=hidden": ("jdbc:", "postgresql://USER"),
    "mysql://u:hidden@h/d": ("mysql://", "postgresql://"),
    "ecto://u:hidden@h/d": ("ecto://", "postgresql://"),
    "postgis://u:hidden@h/d": ("postgis://", "postgresql://"),
    "postgresql://u:hidden@h/d?pool=5": ('"pool"', "Leave it out"),
    "postgresql://u:hidden@h/d?schema=public": ('"schema"', "Leave it out"),
    "h:5432/d": ('missing "="', "postgresql://USER"),
}


@pytest.mark.parametrize("url", FOREIGN)
def test_what_libpq_cannot_mean_is_named_with_what_to_write(pgclone, url):
    result = pgclone("create", server=url).expect_error(2, *FOREIGN[url])
    assert "hidden" not in result.stderr


def test_url_gives_just_the_url_when_its_output_is_captured(pgclone, clone):
    """As in `psql "$(pgclone url)"`: no second line, no warning."""
    clone()
    result = pgclone.ok("url")
    assert result.stderr == ""
    assert result.stdout.startswith("postgresql://") and result.stdout.endswith("\n")
    assert os.linesep not in result.stdout[:-1]
