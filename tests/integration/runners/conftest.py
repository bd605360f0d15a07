"""The test runners, and copies of the projects whose tests they run.

The projects' own tests are run by the test files beside this one, under pgclone.
"""
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.installed import installed
from support.recipes import Recipe

HERE = Path(__file__).resolve().parent
collect_ignore = ["pytest_xdist", "jest", "per_test", "migrations", "undo", "recipes", "plugin"]


@pytest.fixture(scope="session")
def xdist_python():
    """A Python with pytest, pytest-xdist and a driver: the distribution's, or a cached one of pip's."""
    ready = "import pytest, xdist, psycopg2"
    if subprocess.run(["/usr/bin/python3", "-c", ready], capture_output=True).returncode == 0:
        return "/usr/bin/python3"
    requirements = HERE / "pytest_xdist" / "requirements.txt"
    install = 'python3 -m venv . && bin/pip install -q -r "$0"'
    folder = installed("pytest-xdist", requirements, lambda _: ["sh", "-c", install, str(requirements)])
    return str(folder / "bin" / "python3")


@pytest.fixture(scope="session")
def node_modules():
    def command(folder):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "jest" / name, folder)
        return ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]

    return installed("jest", HERE / "jest" / "package-lock.json", command) / "node_modules"


@pytest.fixture
def project(tmp_path, pgclone):
    """A copy of a project, and the environment in which its tests find pgclone by its name."""

    def copy(name):
        shutil.copytree(HERE / name, tmp_path / name)
        (tmp_path / "seen").mkdir()
        path = f"{os.path.dirname(pgclone.binary)}:{os.environ['PATH']}"
        return tmp_path / name, {"PATH": path, "SEEN": str(tmp_path / "seen"), "CI": "true"}

    return copy


@pytest.fixture
def sample(project, pgclone, server):
    """A project of a recipe: sample("jest")."""

    def copy(name):
        folder, environment = project(f"recipes/{name}")
        return Recipe(folder, environment, pgclone, server)

    return copy
