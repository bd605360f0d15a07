import json, os, socket
import pytest

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
def database_url(pgclone):
    copy = pgclone("take")
    yield copy["url"]
    pgclone(f"drop {copy['name']}")
