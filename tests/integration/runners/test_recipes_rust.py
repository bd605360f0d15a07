"""The recipe of docs/recipes/nextest.md: nextest, which runs each test in a process and a slot, as the page shows it.

Each slot notes in its database that it has been there, and finds out whether another one has. So where all share one
database a test fails, else the project would prove nothing.
"""
import os
import shutil
from pathlib import Path

import pytest
from support.installed import venv
from support.machine import unavailable
from support.recipes import PROJECTS, check_page, fails, passes


@pytest.fixture
def nextest(sample):
    """The project, in whose PATH is a cargo-nextest that comes from PyPI."""
    if shutil.which("cargo") is None:
        unavailable("there is no cargo: Debian's cargo has it")
    programs = venv("nextest", PROJECTS / "nextest.txt")
    project = sample("nextest")
    home = Path.home()
    return project.add(
        PATH=f"{programs}:{project.environment['PATH']}",
        # Where rustup has put what it installs.
        RUSTUP_HOME=os.environ.get("RUSTUP_HOME", str(home / ".rustup")),
        CARGO_HOME=os.environ.get("CARGO_HOME", str(home / ".cargo")),
        CARGO_NET_OFFLINE="true", NO_COLOR="1",
    )  # fmt: skip


RUN = ["cargo", "nextest", "run", "--no-fail-fast"]


def test_the_page_shows_what_is_run_here():
    check_page("nextest.md", "nextest/pgclone.yaml", "nextest/tests/database/mod.rs")


def test_slots_have_databases_of_their_own(nextest):
    passes(nextest.in_run(*RUN, "-j", "2"), "4 tests run: 4 passed")
    assert {"0", "1"} <= nextest.workers()


def test_in_local_mode_the_configured_database_is_used(nextest):
    passes(nextest.serially(*RUN, "-j", "1"), "4 tests run: 4 passed")


def test_a_shared_database_is_noticed(nextest):
    fails(nextest.on_one_database(*RUN, "-j", "2"), "somebody else is here")
