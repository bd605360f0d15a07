import json
from subprocess import PIPE, Popen
import pytest

@pytest.fixture(scope="session")
def pgclone():
    """Asks a `pgclone serve` of this process. When its input ends, it drops everything."""
    command = ["pgclone", "serve"]  # its settings are in pgclone.yaml or the environment
    # Ctrl-C is pytest's: in a session of its own serve does not see it.
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, start_new_session=True) as serve:

        def ask(request):
            print(request, file=serve.stdin, flush=True)
            answer = json.loads(serve.stdout.readline())
            assert "error" not in answer, answer
            return answer

        yield ask

@pytest.fixture
def database_url(pgclone):
    copy = pgclone("take")
    yield copy["url"]
    pgclone(f"drop {copy['name']}")
