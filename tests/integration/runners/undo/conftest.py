import json, os, socket
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ["PGCLONE_SOCKET"])
lines = connection.makefile("rw", encoding="utf-8")

def pgclone(request):
    print(request, file=lines, flush=True)
    answer = json.loads(lines.readline())
    assert "error" not in answer, answer
    return answer

@pytest.fixture(scope="session")
def engine():
    url = make_url(pgclone(f"url {WORKER}")["url"])
    return create_engine(url.set(drivername="postgresql+psycopg"))

@pytest.fixture(autouse=True)
def pristine_database(engine, record_property):
    yield
    engine.dispose()  # its connections would be ended
    record_property("reset", pgclone(f"reset {WORKER}")["from"])

@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session
