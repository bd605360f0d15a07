"""The recipe of docs/recipes/undo.md: a project of SQLAlchemy and Alembic, whose every test commits.

Its tests count rows and expect the ids that come next, so that they fail where anything of another
test is left. Those of test_schema.py do what cannot be undone, and are followed by a swap. The
properties that the project's fixtures note say for each test which it was.
"""
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.installed import venv
from support.pages import shown_on

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "undo"
TESTS = 80
SWAPS = {"spare", "clone"}


def test_the_page_shows_the_files_that_are_run_here():
    shown = dict(shown_on("undo.md", "undo"))
    assert set(shown) == {"pgclone.yaml", "conftest.py", "conftest_take.py"}
    for name, text in shown.items():
        assert text == (PROJECT / name).read_text(), f"the page's {name} is another"


class Suite:
    """A copy of the project, and what came of its tests."""

    def __init__(self, folder, environment, pgclone, programs):
        self.folder, self.pgclone, self.programs = folder, pgclone, programs
        path = f"{programs}:{environment['PATH']}"
        self.environment = {**environment, "PATH": path}

    def run(self, *command, reset="undo"):
        environment = {**self.environment, "PGCLONE_RESET": reset}
        return self.pgclone("run", "-v", "--", *command, cwd=self.folder, env=environment, timeout=300)

    def __call__(self, **options):
        """Runs all tests: the run's result, and the tests as pytest tells of them."""
        report = self.folder / "report.xml"
        result = self.run(
            str(self.programs / "python"), "-B", "-m", "pytest", "-n", "2", f"--junitxml={report}", **options
        )
        cases = ElementTree.parse(report).getroot().findall(".//testcase")
        assert len(cases) == TESTS, summary(result)
        return result, cases


def summary(result):
    """The end of what pytest said, and of what pgclone said."""
    return "\n".join([*result.stdout.splitlines()[-40:], *result.stderr.splitlines()[-20:]])


def red(cases):
    return [case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None]


def noted(cases, name):
    """For each test the property of that name: by file and test."""
    return {
        (case.get("classname").rsplit(".", 1)[-1], case.get("name")): value.get("value")
        for case in cases
        for value in case.iter("property")
        if value.get("name") == name
    }


@pytest.fixture
def suite(server, pgclone, project):
    """The role `tester` may do what undoing needs, until the test ends."""
    if server.major < 15:
        pytest.skip("undoing needs PostgreSQL 15")
    programs = venv("alembic", HERE / "migrations" / "alembic" / "requirements.txt")
    folder, environment = project("undo")
    server.run("GRANT SET ON PARAMETER session_replication_role TO tester")
    yield Suite(folder, environment, pgclone, programs)
    server.run("REVOKE SET ON PARAMETER session_replication_role FROM tester")


def check_green(result, cases):
    assert result.code == 0 and not red(cases), summary(result)


def test_the_suite_is_green_when_its_tests_are_undone(server, suite):
    result, cases = suite()
    check_green(result, cases)
    for (file, test), how in noted(cases, "reset").items():
        assert how in (SWAPS if file == "test_schema" else {"undo"}), f"{file}: {test}: {how}\n{summary(result)}"
    assert len(noted(cases, "reset")) == TESTS


def test_the_suite_is_green_with_copies_that_are_undone_and_handed_out_again(suite):
    (suite.folder / "conftest_take.py").rename(suite.folder / "conftest.py")
    result, cases = suite()
    check_green(result, cases)
    ways = Counter(noted(cases, "take").values())
    assert ways.total() == TESTS and ways["undo"] > TESTS / 2, f"{ways}\n{summary(result)}"


def test_the_suite_is_green_without_undoing(suite):
    result, cases = suite(reset="swap")
    check_green(result, cases)
    assert set(noted(cases, "reset").values()) <= SWAPS


# --------------------------------------------------------------------------------------- broken


def template_with_triggers(server):
    """The template of pgclone's own: its mark names the one that it was made from, which nobody may even
    connect to without another one being made."""
    return server.value(
        "SELECT datname FROM pg_database d WHERE datistemplate AND NOT datallowconn "
        "AND shobj_description(d.oid, 'pg_database') LIKE 'pgclone:%' "
        "AND substr(shobj_description(d.oid, 'pg_database'), 9)::jsonb ->> 'template' LIKE 'library%'"
    )


def test_one_test_is_red_when_one_table_is_not_noted(server, suite):
    """Else the suite would prove nothing. Copies are made of a template whose table of fines has lost the
    trigger that notes new rows, so that no proof can find a change."""
    suite.run("true").expect(0)
    template = template_with_triggers(server)
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", template)
    server.run("DROP TRIGGER pgclone_insert ON fine", database=template)
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", template)
    result, cases = suite()
    assert result.code == 1, summary(result)
    assert red(cases) == ["test_fines_add_up_until_they_are_paid"], summary(result)
