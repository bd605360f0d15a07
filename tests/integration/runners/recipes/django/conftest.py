import subprocess

import pytest
from django.db import connections

@pytest.fixture(scope="session")
def django_db_setup():
    """The worker's database is there, with all its tables: nothing is to be made or dropped."""

@pytest.fixture
def pristine_db(django_db_blocker):
    """For a test that commits: after it, the worker's database is as at first. Needs pgclone run."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
    subprocess.run(["pgclone", "reset"], check=True, stdout=subprocess.DEVNULL)
