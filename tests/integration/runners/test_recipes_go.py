"""The recipe of docs/recipes/go.md: each package's tests have a database of their own, run as the page shows it.

Each package notes in its database that it has been there, and finds out whether another one has. So where both share
one database a test fails, else the project would prove nothing.
"""
import pytest
from support.installed import go_environment
from support.recipes import PROJECTS, check_page, fails, passes

TEST = ["go", "test", "-count=1", "./authors", "./books"]


@pytest.fixture
def go(sample):
    # The project for copies of each test needs the same modules.
    project = sample("go").add(**go_environment(PROJECTS.parent / "per_test" / "go"))
    # lib/pq wants TLS unless it is told otherwise.
    return project.add(PGCLONE_SERVER=project.environment["PGCLONE_SERVER"] + "?sslmode=disable")


def test_the_page_shows_what_is_run_here():
    check_page("go.md", "go/pgclone.yaml", "go/testdb/testdb.go", "go/books/books_test.go")


def test_both_projects_for_go_need_the_same():
    for name in ("go.mod", "go.sum"):
        assert (PROJECTS / "go" / name).read_text() == (PROJECTS.parent / "per_test" / "go" / name).read_text()


def test_packages_have_databases_of_their_own(go):
    passes(go.in_run(*TEST), "ok  \tlibrary/authors", "ok  \tlibrary/books")
    assert len([name for name in go.workers() if name.startswith("t")]) == 2


def test_in_local_mode_the_configured_database_is_used(go):
    passes(go.serially(*TEST, "-p=1"), "ok  \tlibrary/authors", "ok  \tlibrary/books")


def test_a_shared_database_is_noticed(go):
    go.replace("testdb/testdb.go", '"take"', '"url gw0"')
    fails(go.in_run(*TEST), "somebody else is here")
