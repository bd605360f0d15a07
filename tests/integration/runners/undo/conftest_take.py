import json, os, socket
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

@pytest.fixture(scope="session")
def pgclone():
    """Asks the run. When this process ends, however it ends, its copies are dropped."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["PGCLONE_SOCKET"])
        lines = connection.makefile("rw", encoding="utf-8")

        def ask(request):
            print(request, file=lines, flush=True)
            answer = json.loads(lines.readline())
            assert "error" not in answer, answer
            return answer

        yield ask

@pytest.fixture
def engine(pgclone, record_property):
    copy = pgclone("take")
    record_property("take", copy["from"])
    engine = create_engine(make_url(copy["url"]).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()
    pgclone(f"drop {copy['name']}")

@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session
