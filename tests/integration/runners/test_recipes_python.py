"""The recipes of docs/recipes/pytest.md and django.md, run as the pages show them.

Each project's tests commit, with fixed keys and exact counts, and each worker notes in its database that it has been
there. Where all workers share one database at least one test must fail, else the project would prove nothing.
"""
import os

import pytest
from support.installed import venv
from support.recipes import PROJECTS, check_page, fails, passes

PYTEST = ["-B", "-m", "pytest", "-p", "no:cacheprovider", "-q"]


@pytest.fixture(scope="session")
def python():
    return str(venv("recipes", PROJECTS / "requirements.txt") / "python")


def test_the_pytest_page_shows_what_is_run_here():
    check_page("pytest.md", "pytest/pgclone.yaml", "pytest/conftest.py")


def test_pytest_workers_have_databases_of_their_own(sample, python):
    project = sample("pytest")
    passes(project.in_run(python, *PYTEST, "-n", "2"), "12 passed")
    assert {"gw0", "gw1"} <= project.workers()


def test_pytest_in_local_mode_uses_the_configured_database(sample, python):
    passes(sample("pytest").serially(python, *PYTEST), "10 passed, 2 skipped")


def test_pytest_in_local_mode_with_more_workers_is_refused(server, sample, python):
    server.create_database("library")
    result = sample("pytest").program(
        python, *PYTEST, "-n", "2", "--maxfail", "1", PGCLONE_CREATE_DATABASE="false", PGCLONE_WORKERS="1"
    )
    fails(result, "serial")


def test_pytest_notices_a_shared_database(sample, python):
    fails(sample("pytest").on_one_database(python, *PYTEST, "-n", "2"), r"\d+ (failed|error)")


def test_of_a_failed_pytest_a_workers_database_can_be_looked_at(sample, python):
    """The commands of the page, in their order."""
    project = sample("pytest")
    project.replace("test_library.py", "assert count(connection) == 6", "assert False")
    made = project.program(
        project.pgclone.binary, "run", "--keep-on-failure", "--run-id", "look", "--",
        python, *PYTEST, "-n", "2", PGCLONE_WORKERS="2",
    )  # fmt: skip
    fails(made, "6 failed")
    url = project.program("sh", "-c", "psql -qAt \"$(pgclone url --run-id look gw1)\" -c 'SELECT worker FROM visitor'")
    assert url.expect(0).stdout == "gw1\n"
    dropped = project.program(project.pgclone.binary, "drop", "--run-id", "look").expect(0)
    assert "dropped library_look_gw1" in dropped.stdout


# ----------------------------------------------------------------------------------------- Django


@pytest.fixture
def django(sample, python):
    """The project, in whose PATH `python` is one that has Django."""
    project = sample("django")
    return project.add(PATH=f"{os.path.dirname(python)}:{project.environment['PATH']}", PYTHONDONTWRITEBYTECODE="1")


TEST = ["python", "manage.py", "test"]
MIGRATE = "DATABASE_URL=$PGCLONE_SERVER python manage.py migrate -v 0"


def test_the_django_page_shows_what_is_run_here():
    check_page(
        "django.md", "django/pgclone.yaml", "django/library/test_settings.py", "django/conftest.py",
        "django/pytest.ini", "django/library/test_runner.py",
    )  # fmt: skip


def test_pytest_django_has_databases_of_its_own(django):
    passes(django.in_run("python", "-m", "pytest", "-q", "-n", "2"), "8 passed")
    assert {"gw0", "gw1"} <= django.workers()


def test_pytest_django_in_local_mode_uses_the_configured_database(django):
    passes(django.serially("python", "-m", "pytest", "-q", migrate=MIGRATE), "4 passed, 4 skipped")


def test_pytest_django_notices_a_shared_database(django):
    fails(django.on_one_database("python", "-m", "pytest", "-q", "-n", "2"), r"[1-9]\d* (failed|error)")


def test_djangos_runner_has_databases_of_its_own(django):
    passes(django.in_run(*TEST, "--parallel", "2", options=["--runner", "django"]), "Ran 6 tests", "OK")
    assert {"1", "2"} <= django.workers()


def test_djangos_runner_without_parallel_uses_the_first_database(django):
    passes(django.in_run(*TEST, options=["--runner", "django"]), "Ran 6 tests", "OK")
    assert django.workers() == {"1"}


def test_djangos_runner_in_local_mode_uses_the_configured_database(django):
    passes(django.serially(*TEST, migrate=MIGRATE, PGCLONE_RUNNER="django"), "Ran 6 tests", "OK (skipped=4)")


def test_djangos_runner_notices_a_shared_database(django):
    django.replace("library/test_runner.py", "if self.parallel > 1:", "if False:")
    django.replace("library/test_runner.py", "    def teardown_databases", SHARED + "    def teardown_databases")
    result = django.in_run(*TEST, "--parallel", "2", options=["--runner", "django"])
    fails(result, "AssertionError: .*(7 != 6|Lists differ)")


# All of Django's workers stay in the database of the first.
SHARED = """        connection.creation.__class__.get_test_db_clone_settings = lambda self, _: self.connection.settings_dict

"""
