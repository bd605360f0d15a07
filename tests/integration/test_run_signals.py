"""run and signals: the command hears of them, pgclone outlives it, and the databases go."""
import os
import pty
import select
import signal
import time

import pytest
from support.running import Running
from support.waiting import locked, wait_for, wait_for_statement

pytestmark = pytest.mark.core
NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

# Notes each signal it gets; after the first it tidies up for a while, needs its database for that,
# and ends with 7.
CAREFUL = """
import os, signal, sys, time
import psycopg2
seen = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, frame: seen.append(number))
open(sys.argv[1], "w").write("ready")
until = time.monotonic() + 20
while not seen and time.monotonic() < until:
    time.sleep(0.01)
time.sleep(0.5)
with psycopg2.connect(os.environ["PGCLONE_URL_GW0"]) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM book")
    print("seen", *(signal.Signals(number).name for number in seen), "rows", cursor.fetchone()[0])
sys.exit(7)
"""


@pytest.fixture
def careful(pgclone, tmp_path):
    """Starts CAREFUL under pgclone run and waits until it is at work."""

    def start(**options):
        (tmp_path / "careful.py").write_text(CAREFUL)
        process = pgclone.start(
            "run", "--template", "circ", "-w", "2", "--", "/usr/bin/python3",
            str(tmp_path / "careful.py"), str(tmp_path / "ready"), **options,
        )  # fmt: skip
        wait_for(lambda: (tmp_path / "ready").exists(), "the command begins")
        return process

    return start


@pytest.mark.parametrize("number", NUMBERS, ids=[number.name for number in NUMBERS])
def test_a_signal_reaches_the_command_and_pgclone_outlives_it(server, pgclone, careful, number):
    before = server.names()
    process = careful()
    process.send_signal(number)
    result = pgclone.finish(process)
    assert result.stdout == f"seen {number.name} rows 5\n", str(result)
    assert result.code == 7
    assert server.names() == before


def test_a_signal_to_the_process_group_reaches_the_command_once_or_twice_but_never_kills_pgclone(
    server, pgclone, careful
):
    """As `timeout` and some CI runners send it: to the whole group."""
    before = server.names()
    process = careful(start_new_session=True)
    os.killpg(process.pid, signal.SIGTERM)
    result = pgclone.finish(process)
    assert "seen SIGTERM" in result.stdout and result.code == 7, str(result)
    assert server.names() == before


def test_a_command_that_ignores_the_signal_is_waited_for(server, pgclone):
    before = server.names()
    with Running(pgclone, script="trap '' TERM; sleep 1; exit 3") as running:
        time.sleep(0.1)
        assert running.stop().code == 3
    assert server.names() == before


@pytest.mark.parametrize("number", NUMBERS, ids=[number.name for number in NUMBERS])
def test_a_command_that_dies_of_the_signal_gives_128_and_its_number(server, pgclone, number):
    before = server.names()
    with Running(pgclone, "-w", "2") as running:
        assert running.stop(number).code == 128 + number
    assert server.names() == before


def test_a_command_that_is_killed_from_outside_gives_137(server, pgclone):
    before = server.names()
    with Running(pgclone, "-w", "2") as running:
        os.kill(running.command_pid, signal.SIGKILL)
        assert running.wait().code == 137
    assert server.names() == before


@pytest.mark.parametrize("number", NUMBERS, ids=[number.name for number in NUMBERS])
def test_a_signal_before_the_command_starts_means_that_it_never_does(server, pgclone, tmp_path, number):
    before, marker = server.names(), tmp_path / "started"
    with locked(server, "pg_shdescription"):
        process = pgclone.start("run", "--template", "circ", "-w", "3", "--", "touch", str(marker))
        wait_for_statement(server, "COMMENT ON DATABASE", waiting=True)
        process.send_signal(number)
        time.sleep(0.3)
    pgclone.finish(process).expect_error(128 + number)
    assert not marker.exists()
    assert server.names() == before


@pytest.mark.leaves_scratch
def test_no_signal_is_lost_between_the_databases_and_the_command(server, pgclone, tmp_path):
    """At whatever moment Ctrl-C comes, `sleep 30` does not run to its end."""
    before = server.names()
    for step in range(40):
        started = time.monotonic()
        process = pgclone.start(
            "run", "--template", "circ", "-w", "1", "--", "sleep", "30", start_new_session=True
        )
        time.sleep(0.005 * step)
        os.killpg(process.pid, signal.SIGINT)
        code = pgclone.finish(process, 40).code
        assert time.monotonic() - started < 15, f"SIGINT after {0.005 * step} s was lost"
        assert code in (130, -signal.SIGINT), f"exit code {code} after {0.005 * step} s"
    assert server.names() == before


def test_a_signal_while_dropping_does_not_stop_the_dropping(server, pgclone):
    """The command has ended with 5 already: that stays the status, and nothing is left."""
    before = server.names()
    with Running(pgclone, "-w", "4", script="sleep 0.5; exit 5") as running:
        with locked(server, "pg_shdescription"):
            wait_for_statement(server, "DROP DATABASE", waiting=True)
            for number in (signal.SIGINT, signal.SIGTERM):
                running.process.send_signal(number)
                time.sleep(0.1)
        assert running.wait().code == 5
    assert server.names() == before


# ------------------------------------------------------------------------------- a real terminal

SLOW_TEST = """
import pathlib, time

def test_fast():
    pass

def test_slow():
    pathlib.Path("slow").write_text("")
    time.sleep(60)
"""


class Terminal:
    """A child on a terminal of its own; what it writes is kept."""

    def __init__(self, command, environment, folder):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(command[0], command, environment)
        self.output = b""

    def type(self, keys):
        os.write(self.descriptor, keys)

    def wait(self, timeout=40):
        """The exit status, once the terminal has been closed by all its users."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if select.select([self.descriptor], [], [], 0.1)[0]:
                try:
                    data = os.read(self.descriptor, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.output += data
        else:
            os.kill(self.pid, signal.SIGKILL)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    @property
    def text(self):
        return self.output.decode(errors="replace")


def test_control_c_stops_pytest_properly_and_drops(server, pgclone, tmp_path):
    before = server.names()
    (tmp_path / "test_it.py").write_text(SLOW_TEST)
    terminal = Terminal(
        [pgclone.binary, "run", "--template", "circ", "-w", "2", "--",
         "/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "test_it.py"],
        pgclone.environment(), tmp_path,
    )  # fmt: skip
    wait_for((tmp_path / "slow").exists, "the slow test begins")
    time.sleep(0.2)
    terminal.type(b"\x03")
    started = time.monotonic()
    code = terminal.wait()
    assert "KeyboardInterrupt" in terminal.text and "1 passed" in terminal.text, terminal.text
    assert code == 2, "pytest's own status for an interrupted session\n" + terminal.text
    assert time.monotonic() - started < 15
    assert server.names() == before


def test_control_c_reaches_the_command_exactly_once(server, pgclone, tmp_path):
    """Twice would end pytest and Jest without their tidying up."""
    (tmp_path / "careful.py").write_text(CAREFUL)
    before = server.names()
    terminal = Terminal(
        [pgclone.binary, "run", "--template", "circ", "--", "/usr/bin/python3", "careful.py", "ready"],
        pgclone.environment(), tmp_path,
    )  # fmt: skip
    wait_for((tmp_path / "ready").exists, "the command begins")
    terminal.type(b"\x03")
    code = terminal.wait()
    assert "seen SIGINT rows 5" in terminal.text and code == 7, terminal.text
    assert server.names() == before


def test_a_terminal_that_is_closed_still_drops(server, pgclone, tmp_path):
    """The kernel tells only the session's leader, which pgclone is under `ssh -t` or `docker run -t`."""
    before = server.names()
    terminal = Terminal(
        [pgclone.binary, "run", "--template", "circ", "--", "sh", "-c", "touch ready; exec sleep 60"],
        pgclone.environment(), tmp_path,
    )  # fmt: skip
    wait_for((tmp_path / "ready").exists, "the command begins")
    started = time.monotonic()
    os.close(terminal.descriptor)
    status = os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1])
    assert time.monotonic() - started < 15, "the command has not heard of it"
    assert status == 128 + signal.SIGHUP
    assert server.names() == before
