"""The wheel's plugin for pytest: `pip install`, and the name of a fixture in a test."""
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.packages import PROJECT, built, package

SUITE = Path(__file__).parent / "runners" / "plugin" / "test_shelf.py"


@pytest.fixture(scope="module")
def environment_folder(request, tmp_path_factory):
    """A virtual environment with the wheel; pytest and the driver are the distribution's."""
    binary = Path(request.config.getoption("--pgclone")).resolve()
    wheel = package(built(binary), "*.whl")
    folder = tmp_path_factory.mktemp("plugin") / "venv"
    subprocess.run(
        ["/usr/bin/python3", "-m", "venv", "--system-site-packages", folder], check=True, timeout=120
    )
    subprocess.run([folder / "bin" / "pip", "install", "-q", "--no-index", wheel], check=True, timeout=120)
    return folder


@pytest.fixture
def suite(environment_folder, pgclone, tmp_path):
    """suite("-n", "2") starts pytest on the sample tests; `under` is a command line to put before it."""
    folder = tmp_path / "suite"
    folder.mkdir()
    shutil.copy(SUITE, folder)

    def start(*arguments, under=(), env=None):
        # `pgclone` is in PATH only where the command line that is put before it needs it.
        return subprocess.Popen(
            [*under, environment_folder / "bin" / "python", "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=folder, env=pgclone.environment(env=env), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    start.folder = folder
    return start


def finished(process, code=0):
    out = process.communicate(timeout=120)[0]
    assert process.returncode == code, out
    return out


CLONE = {"PGCLONE_TEMPLATE": "circ"}


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_pytest_starts_a_run_of_its_own(server, suite, workers):
    before, position = server.names(), server.log_position()
    assert "8 passed" in finished(suite(*workers, env=CLONE))
    assert server.names() == before
    # One run, whose databases all workers share.
    databases = [found.text for found in server.statements(position, "tester") if " RENAME TO " in found.text]
    runs = {text.split('"')[-2].split("_")[1] for text in databases if text.endswith(('_gw0"', '_gw1"'))}
    assert len(runs) == 1, databases


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_pytest_uses_the_run_that_it_was_started_in(server, suite, environment_folder, workers):
    before, position = server.names(), server.log_position()
    under = [environment_folder / "bin" / "pgclone", "run", "--workers", "2", "--"]
    assert "8 passed" in finished(suite(*workers, under=under, env=CLONE))
    assert server.names() == before
    renames = [found.text for found in server.statements(position, "tester") if found.text.endswith('_gw1"')]
    assert len([text for text in renames if " RENAME TO " in text]) == 1


def test_tests_that_need_no_database_need_no_server(server, suite):
    (suite.folder / "test_plain.py").write_text("def test_plain():\n    pass\n")
    with server.unchanged():
        position = server.log_position()
        assert "1 passed" in finished(suite("-n", "2", "test_plain.py"))
        assert server.databases_connected_to(position, "tester") == set()


def test_what_is_wrong_is_said_at_each_test(server, suite):
    out = finished(suite("-n", "2", env={"PGCLONE_TEMPLATE": "nowhere"}), 1)
    assert '8 errors' in out and 'template database "nowhere" does not exist' in out


def test_the_databases_go_with_a_pytest_that_is_killed(server, suite):
    before = server.names()
    (suite.folder / "test_long.py").write_text(
        "import time\n\ndef test_long(pgclone_url):\n    open('began', 'w').close()\n    time.sleep(60)\n"
    )
    process = suite("-n", "2", "test_long.py", env=CLONE)
    deadline = time.monotonic() + 60
    while not (suite.folder / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(server.names() - before) == 2
    process.send_signal(signal.SIGKILL)
    while server.names() != before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.names() == before
    process.communicate(timeout=30)


def test_a_worker_that_crashed_is_replaced(server, suite):
    (suite.folder / "test_crash.py").write_text(
        "import os\n\ndef test_crash(pgclone_url):\n    os._exit(1)\n\n\ndef test_after(pgclone_url):\n    pass\n"
    )
    before = server.names()
    out = finished(suite("-n", "1", "test_crash.py", env=CLONE), 1)
    assert "1 failed, 1 passed" in out
    assert server.names() == before


def test_no_server_is_needed_with_options_in_pytest_ini(server, suite, environment_folder):
    """--ephemeral, as for `pgclone run`; root's server runs as another user, who must reach the file."""
    (suite.folder / "schema.sql").write_text("CREATE TABLE author (id int); CREATE TABLE book (id int);")
    (suite.folder / "pytest.ini").write_text("[pytest]\npgclone = --ephemeral --sql schema.sql\n")
    with server.unchanged():
        (suite.folder / "test_own.py").write_text(
            "import psycopg2\n\ndef test_own(pgclone_url):\n    assert 'ephemeral' in pgclone_url\n"
            "    psycopg2.connect(pgclone_url).cursor().execute('SELECT id FROM author')\n"
        )
        assert "1 passed" in finished(suite("-n", "2", "test_own.py", env={"PGCLONE_CACHE_SIZE": "0"}))


def test_the_plugin_is_small():
    text = (PROJECT / ".github" / "packaging" / "python" / "pgclone_pytest.py").read_text()
    assert len(text.splitlines()) <= 120
