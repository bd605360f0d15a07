"""The recipes of docs/recipes/pytest.md and django.md, run as the pages show them.

Each project's tests commit, with fixed keys and exact counts, and each worker notes in its database that it has been
there. Where all workers share one database at least one test must fail, else the project would prove nothing.
"""
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
