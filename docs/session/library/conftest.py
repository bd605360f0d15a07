import subprocess

import psycopg2
import pytest


@pytest.fixture(scope="session")
def library():
    # pgclone knows the worker from PYTEST_XDIST_WORKER: gw0, gw1, …
    connection = psycopg2.connect(subprocess.check_output(["pgclone", "url"], text=True).strip())
    connection.autocommit = True
    yield connection.cursor()
    connection.close()
