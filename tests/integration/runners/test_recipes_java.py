"""The recipe of docs/recipes/junit.md: JUnit 5 with Maven, whose Surefire has several forks, run as the page shows it.

Each fork notes in its database that it has been there, and finds out whether another one has. So where all share one
database a test fails, else the project would prove nothing.
"""
import shlex
import shutil

import pytest
from support.installed import installed
from support.machine import unavailable
from support.recipes import PROJECTS, check_page, fails, passes


@pytest.fixture(scope="session")
def mvn():
    """Maven, with all it needs in a folder of ours."""
    for name, package in {"mvn": "maven", "javac": "default-jdk-headless"}.items():
        if shutil.which(name) is None:
            unavailable(f"there is no {name}: Debian's {package} has it")

    # The tests themselves are begun, since Surefire looks for what runs JUnit only then.
    def command(folder):
        shutil.copytree(PROJECTS / "junit", folder / "project", dirs_exist_ok=True)
        line = f"mvn -B -Dmaven.repo.local={shlex.quote(str(folder))}/repository test"
        return ["sh", "-c", f"cd project && {line} 2>&1 | grep 'Tests run: .*Errors: [1-9]'"]

    folder = installed("junit", PROJECTS / "junit" / "pom.xml", command)
    # These tests are short: what the compiler of a virtual machine gains by being thorough is lost.
    quick = "JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    return ["env", quick, "mvn", "-B", "-q", "-o", f"-Dmaven.repo.local={folder}/repository", "test"]


def test_the_page_shows_what_is_run_here():
    check_page(
        "junit.md", "junit/pgclone.yaml", "junit/pom.xml", "junit/src/test/java/library/WorkerDatabase.java"
    )  # fmt: skip


def test_forks_have_databases_of_their_own(sample, mvn):
    project = sample("junit")
    passes(project.in_run(*mvn, "-DforkCount=2"))
    assert project.workers() == {"1", "2"}


def test_in_local_mode_the_configured_database_is_used(sample, mvn):
    passes(sample("junit").serially(*mvn, "-DforkCount=1"))


def test_a_shared_database_is_noticed(sample, mvn):
    fails(sample("junit").on_one_database(*mvn, "-DforkCount=2"), "Failures: [1-9]", r"expected: <PGCLONE_URL_(.)> but was: <PGCLONE_URL_. PGCLONE_URL_.")
