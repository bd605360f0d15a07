"""The recipe of docs/recipes/javascript.md: Jest, Vitest, Mocha and node:test, run as the page shows them.

Each worker notes in its database that it has been there, and finds out whether another one has. So where all share
one database a test fails, else the project would prove nothing.
"""
import json
import shutil

import pytest
from support.installed import installed
from support.recipes import PROJECTS, check_page, fails, passes


@pytest.fixture(scope="session")
def modules():
    """What Vitest and Mocha need, and the driver."""
    source = PROJECTS / "javascript"

    def command(folder):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        return ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]

    return installed("recipes-node", source / "package-lock.json", command) / "node_modules"


# For each runner: its program, and what makes it use two workers, or one.
RUNNERS = {
    "jest": ("jest/bin/jest.js", ["--maxWorkers=2", "--no-cache"], ["--runInBand", "--no-cache"]),
    "vitest": ("vitest/vitest.mjs", ["run", "--maxWorkers=2", "--minWorkers=2"], ["run", "--no-file-parallelism"]),
    "mocha": ("mocha/bin/mocha.js", ["--parallel", "--jobs=2"], []),
}


class Suite:
    """A runner's project, and the commands for it."""

    def __init__(self, project, modules, program, parallel, serial):
        self.project = project.link("node_modules", modules).add(CI="true", NO_COLOR="1")
        self.parallel = ["node", str(modules / program), *parallel]
        self.serial = ["node", str(modules / program), *serial]


@pytest.fixture(params=sorted(RUNNERS))
def tests(request, sample, modules, node_modules):
    program, parallel, serial = RUNNERS[request.param]
    return Suite(sample(request.param), node_modules if request.param == "jest" else modules, program, parallel, serial)


def test_the_page_shows_what_is_run_here():
    check_page(
        "javascript.md", "jest/pgclone.yaml", "jest/database-url.js", "jest/package.json",
        "vitest/database-url.js", "vitest/vitest.config.js", "mocha/database-url.js", "mocha/package.json",
        "node_test/database-url.js", "node_test/shelf.js",
    )  # fmt: skip


@pytest.mark.parametrize("lock", ["../jest", "javascript"])
def test_the_projects_name_the_versions_that_are_installed(lock):
    locked = json.loads((PROJECTS / lock / "package-lock.json").read_text())["packages"]
    for name in ["jest"] if lock == "../jest" else ["vitest", "mocha", "node_test"]:
        package = json.loads((PROJECTS / name / "package.json").read_text())
        for module, version in {**package["dependencies"], **package.get("devDependencies", {})}.items():
            assert locked[f"node_modules/{module}"]["version"] == version


def test_workers_have_databases_of_their_own(tests):
    passes(tests.project.in_run(*tests.parallel), "12 pass")
    assert len(tests.project.workers()) == 2


def test_in_local_mode_the_configured_database_is_used(tests):
    passes(tests.project.serially(*tests.serial), "12 pass")


def test_a_shared_database_is_noticed(tests):
    fails(tests.project.on_one_database(*tests.parallel), r"[1-9]\d* fail")


@pytest.fixture
def node_test(sample, modules):
    return sample("node_test").link("node_modules", modules)


def test_with_node_test_each_file_has_a_copy(node_test):
    passes(node_test.in_run("node", "--test"), "pass 12", "fail 0")
    assert len([name for name in node_test.workers() if name.startswith("t")]) == 4


def test_with_node_test_in_local_mode_the_configured_database_is_used(node_test):
    passes(node_test.serially("sh", "-c", "ls *.test.js | xargs -n 1 node --test"), "pass 3", "fail 0")


def test_with_node_test_a_shared_database_is_noticed(node_test):
    node_test.replace("database-url.js", "'take\\n'", "'url gw0\\n'")
    fails(node_test.in_run("node", "--test"), r"fail [1-9]")
