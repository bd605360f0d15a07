"""`run --overlap`: the command starts at once, and its workers' databases are made beside it."""
import contextlib
import os
import select
import signal

import pytest
from support.handout import HandoutRun, books
from support.waiting import wait_for

pytestmark = pytest.mark.core


@contextlib.contextmanager
def nothing_can_be_made(server):
    """CREATE DATABASE waits for this lock; looking at what there is does not."""
    with server.connect() as session, session.cursor() as cursor:
        cursor.execute("LOCK TABLE pg_database IN SHARE MODE")
        yield
        session.rollback()


def waiting_creates(server):
    return server.value(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'"
    )


@pytest.fixture
def overlapping(server, pgclone):
    """Starts runs whose databases cannot be made yet, and checks that nothing is left of them."""
    before = server.names()

    def start(*arguments, **options):
        run = HandoutRun(pgclone, "--overlap", "-w", "2", "--run-id", "r1", *arguments, **options)
        wait_for(lambda: waiting_creates(server) > 0, "the databases are being made")
        assert server.names() == before
        return run

    yield start
    wait_for(lambda: server.names() == before, "everything is gone")


def test_a_worker_is_answered_when_its_database_is_there(server, pgclone, overlapping):
    with contextlib.ExitStack() as stack:
        with nothing_can_be_made(server):
            run = stack.enter_context(overlapping())
            clients = [stack.enter_context(run.client()) for _ in range(3)]
            clients[0].send("url gw0")
            clients[1].send("reset gw1")
            clients[2].send("url gw9", "take")
            inside = pgclone.start("url", "--worker", "gw1", env={"PGCLONE_SOCKET": run.socket})
            assert not select.select([client.socket for client in clients], [], [], 0.3)[0]
            assert inside.poll() is None
        assert clients[0].receive()["name"] == "circ_r1_gw0"
        assert clients[1].receive()["name"] == "circ_r1_gw1"
        assert clients[2].receive()["name"] == "circ_r1_gw9"
        for url in (clients[2].receive()["url"], pgclone.finish(inside).stdout.strip()):
            assert books(url) == 5
        assert run.stop().code in (143, -15)


def test_a_failing_create_ends_the_command_and_takes_everything_back(server, overlapping):
    with contextlib.ExitStack() as stack:
        with nothing_can_be_made(server):
            run = stack.enter_context(overlapping())
            server.query(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock' LIMIT 1"
            )
        result = run.wait()
    assert result.code == 125, str(result)
    assert "could not create database" in result.stderr, str(result)


def test_a_lost_connection_in_the_middle_leaves_nothing_half_made(server, overlapping):
    """The run takes its lease again, but not while its databases are being made over the session."""
    with contextlib.ExitStack() as stack:
        with nothing_can_be_made(server):
            run = stack.enter_context(overlapping())
            ended = server.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'pgclone' AND state = 'idle'"
            )
            assert len(ended) >= 1
        result = run.wait()
    assert result.code == 125, str(result)
    assert "lost the connection" in result.stderr, str(result)


def test_a_command_that_ends_before_waits_for_nothing_more(server, overlapping):
    with nothing_can_be_made(server):
        run = overlapping(script="sleep 0.5; exit 7")
        wait_for(lambda: waiting_creates(server) == 0, "what is under way is stopped", 10)
    with run:
        assert run.wait().code == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_takes_everything_back(server, overlapping, number):
    with nothing_can_be_made(server):
        run = overlapping()
        os.kill(run.pid, number)
        wait_for(lambda: waiting_creates(server) == 0, "what is under way is stopped", 10)
    with run:
        assert run.wait().code == 128 + number


def test_guards_hold_before_the_command_starts(server, pgclone):
    """A command that has begun would have to be killed for it."""
    result = pgclone("run", "--overlap", "--template", "nowhere", "--", "echo", "started")
    result.expect_error(125, "nowhere")
    assert result.stdout == ""


@pytest.mark.parametrize("option", ["--keep", "--keep-on-failure"])
def test_nothing_is_said_to_be_kept_that_was_not_made(server, overlapping, option):
    """The command may end before its databases are there: a URL of none would lead nowhere."""
    with nothing_can_be_made(server):
        run = overlapping(option, script="sleep 0.5; exit 7")
        wait_for(lambda: waiting_creates(server) == 0, "what is under way is stopped", 10)
    with run:
        result = run.wait()
    assert result.code == 7
    assert "kept" not in result.stderr, str(result)
