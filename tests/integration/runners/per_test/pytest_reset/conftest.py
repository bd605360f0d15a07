import json, os, socket
import pytest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ["PGCLONE_SOCKET"])
lines = connection.makefile("rw", encoding="utf-8")

def pgclone(request):
    print(request, file=lines, flush=True)
    answer = json.loads(lines.readline())
    assert "error" not in answer, answer
    return answer

# Before the application is imported, and reads it.
os.environ["DATABASE_URL"] = pgclone(f"url {WORKER}")["url"]

@pytest.fixture(autouse=True)
def pristine_database():
    # An application that keeps connections has to close them here: they would be ended.
    pgclone(f"reset {WORKER}")
