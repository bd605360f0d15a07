"""As in the README: each worker asks pgclone for its own database."""
import os
import subprocess
from pathlib import Path

import pytest

try:
    import psycopg
except ImportError:
    import psycopg2 as psycopg


@pytest.fixture(scope="session")
def database_url():
    # pgclone knows the worker from PYTEST_XDIST_WORKER: gw0, gw1, …
    return subprocess.check_output(["pgclone", "url"], text=True).strip()


@pytest.fixture
def db(database_url):
    connection = psycopg.connect(database_url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT current_database()")
    name = cursor.fetchone()[0]
    # Who used what, for the test that runs this project.
    (Path(os.environ["SEEN"]) / f"{os.environ.get('PYTEST_XDIST_WORKER', 'master')} {name}").touch()
    yield cursor
    connection.close()
