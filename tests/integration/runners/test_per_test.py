"""The recipes of docs/recipes/per-test-databases.md, run as the page shows them.

The tests of each project add an author and a book with fixed keys, and commit: two of them in one
database fail. Where the fixture hands out databases less often, or not at all, the same project must
fail, else it would prove nothing.
"""
import re
from pathlib import Path

import pytest
from support.installed import go_environment
from support.pages import PROJECT, shown_on
from support.pgclone import Pgclone

HERE = Path(__file__).resolve().parent
FIXTURES = {
    "pytest_take/conftest.py", "pytest_reset/conftest.py", "jest/fresh.js", "go/fresh_test.go",
    "sh/fresh.sh", "serve/conftest.py",
}  # fmt: skip


# -------------------------------------------------------------------------------------- the page


def test_the_page_shows_the_fixtures_that_are_run_here():
    shown = dict(shown_on("per-test-databases.md", "per_test"))
    assert set(shown) == FIXTURES
    for name, text in shown.items():
        assert text == (HERE / "per_test" / name).read_text(), f"the page's {name} is another"


@pytest.mark.parametrize("name", sorted(FIXTURES))
def test_a_fixture_is_short_enough_to_be_copied(name):
    assert len((HERE / "per_test" / name).read_text().splitlines()) < 25


def test_the_readme_shows_a_part_of_the_first_fixture():
    section = (PROJECT / "README.md").read_text().split("## A database for each test\n")[1]
    (code,) = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    assert code in (HERE / "per_test" / "pytest_take" / "conftest.py").read_text()


# ----------------------------------------------------------------------------------- the projects


@pytest.fixture
def recipe(server, pgclone, project):
    """Runs the command of a project, in which a text may be changed, and returns its result. Nothing
    is left of it."""

    def run(name, command, inside_run=True, env=None, change=None, prepare=lambda folder: None):
        before = server.names()
        folder, environment = project(f"per_test/{name}")
        if change is not None:
            file, old, new = change
            text = (folder / file).read_text()
            assert old in text, f"{file} has no {old!r} that could be changed"
            (folder / file).write_text(text.replace(old, new))
        prepare(folder)
        if inside_run:
            command = [pgclone.binary, "run", "-w", "2", "--", *command]
        program = Pgclone(command[0], pgclone.folder, pgclone.server)
        environment = {**environment, "PGCLONE_TEMPLATE": "circ", **(env or {})}
        result = program(*command[1:], cwd=folder, env=environment, timeout=300)
        assert server.names() == before, f"databases were left behind\n{result}"
        return result

    return run


def passes(result, *says):
    output = result.stdout + result.stderr
    assert result.code == 0, output
    for text in says:
        assert text in output, output


def fails(result):
    """A test found the author that another had added."""
    output = result.stdout + result.stderr
    assert result.code != 0, output
    assert 'duplicate key value violates unique constraint "author_pkey"' in output, output


@pytest.fixture
def pytest_command(xdist_python):
    return [xdist_python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-v", "-n", "2"]


# A copy for the whole of a process.
EACH = "@pytest.fixture\ndef database_url"
ONCE = ("conftest.py", EACH, EACH.replace("fixture", 'fixture(scope="session")'))


def test_pytest_takes_a_copy_for_each_test(recipe, pytest_command):
    passes(recipe("pytest_take", pytest_command), "4 passed", "[gw0]", "[gw1]")


def test_pytest_that_takes_a_copy_once_sees_other_tests(recipe, pytest_command):
    fails(recipe("pytest_take", pytest_command, change=ONCE))


def test_pytest_resets_the_workers_database_before_each_test(recipe, pytest_command):
    passes(recipe("pytest_reset", pytest_command), "4 passed", "[gw0]", "[gw1]")


def test_pytest_that_never_resets_sees_other_tests(recipe, pytest_command):
    change = ("conftest.py", "autouse=True", "autouse=False")
    fails(recipe("pytest_reset", pytest_command, change=change))


def test_pytest_takes_copies_from_a_serve_of_its_own(recipe, pytest_command):
    passes(recipe("serve", pytest_command, inside_run=False), "4 passed", "[gw0]", "[gw1]")


def test_pytest_that_takes_a_copy_once_from_serve_sees_other_tests(recipe, pytest_command):
    fails(recipe("serve", pytest_command, inside_run=False, change=ONCE))


@pytest.fixture
def jest(recipe, node_modules):
    command = [
        "node", str(node_modules / "jest" / "bin" / "jest.js"), "--maxWorkers=2", "--no-cache", "--verbose"
    ]  # fmt: skip

    def run(**options):
        def prepare(folder):
            (folder / "node_modules").symlink_to(node_modules)

        return recipe("jest", command, prepare=prepare, **options)

    return run


def test_jest_takes_a_copy_for_each_test(jest):
    passes(jest(), "4 passed", "in worker 1", "in worker 2")


def test_jest_that_takes_a_copy_once_sees_other_tests(jest):
    fails(jest(change=("fresh.js", "Each(", "All(")))


@pytest.fixture
def go(recipe):
    env = go_environment(HERE / "per_test" / "go")

    def run(**options):
        return recipe("go", ["go", "test", "-v", "-count=1", "-parallel=2"], env=env, **options)

    return run


def test_go_takes_a_copy_for_each_test(go):
    passes(go(), "ok  \tlibrary", "=== PAUSE TestTheFirstBookOfAnAuthor/The_Watsons")


def test_go_in_the_workers_database_sees_other_tests(go):
    fails(go(change=("fresh_test.go", '"take"', '"url gw0"')))


SHELL = ["sh", "-c", "ls test_*.sh | xargs -n 1 -P 2 sh"]


def test_a_shell_script_has_a_copy_until_it_ends(recipe):
    passes(recipe("sh", SHELL), "ok test_emma", "ok test_persuasion")


def test_shell_scripts_in_one_database_see_each_other(recipe):
    change = ("fresh.sh", "DATABASE_URL=$(", "DATABASE_URL=$PGCLONE_URL_GW0; : $(")
    fails(recipe("sh", SHELL, change=change))
