"""As in the README: each worker asks pgclone for its own database."""
import subprocess

import psycopg2
import pytest


@pytest.fixture(scope="session")
def database_url():
    return subprocess.check_output(["pgclone", "url"], text=True).strip()


@pytest.fixture
def db(database_url):
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    yield connection.cursor()
    connection.close()
