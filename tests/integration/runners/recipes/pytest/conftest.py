import json, os, socket, subprocess
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

def engine_for(url):
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"))

@pytest.fixture(scope="session")
def engine():
    """The worker's database. pgclone knows the worker from PYTEST_XDIST_WORKER: gw0, gw1, …"""
    engine = engine_for(subprocess.check_output(["pgclone", "url"], text=True).strip())
    yield engine
    engine.dispose()

@pytest.fixture
def session(engine):
    """What a test does with it is taken back, also what it commits."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()

@pytest.fixture
def fresh_engine():
    """A copy for this test alone, which goes with the connection. Needs pgclone run."""
    with socket.socket(socket.AF_UNIX) as run:
        run.connect(os.environ["PGCLONE_SOCKET"])
        run.sendall(b"take\n")
        engine = engine_for(json.loads(run.makefile().readline())["url"])
        yield engine
        engine.dispose()
