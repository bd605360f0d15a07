"""A server that stands still holds up nobody's Ctrl-C, and what is left is found afterwards."""
import os
import signal
import time

import pytest
from support.freezing import frozen
from support.running import Running
from support.waiting import wait_for_statement, wait_until_gone

# Longer after the first signal than what may be the same one over again.
LATER = 1.2


def start_create(server, pgclone, template, *arguments):
    """A create in the middle of its work, in a process group of its own."""
    process = pgclone.start(
        "create", "--template", template, "-w", "6", "-j", "3", *arguments, start_new_session=True
    )
    wait_for_statement(server, "CREATE DATABASE")
    time.sleep(0.05)
    return process


def assert_whole_and_swept(server, pgclone, template, before):
    """No worker's name was given to half a database, and the next call removes what is left."""
    wait_until_gone(server)
    for name in server.names() - before:
        if not name.startswith("pgclone_scratch_"):
            assert server.value("SELECT count(*) FROM filler", database=name) == 180000
    pgclone.ok("drop", "--all", "--template", template)
    assert server.names() == before


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_second_signal_gives_up_a_create(server, pgclone, large_template, second):
    before = server.names()
    process = start_create(server, pgclone, large_template)
    with frozen(server):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(LATER)
        assert process.poll() is None, "the first signal takes back, as long as there is hope"
        os.killpg(process.pid, second)
        started = time.monotonic()
        result = pgclone.finish(process, 15)
        assert time.monotonic() - started < 3
    result.expect_error(130, "warning: could not take back").has_hint("pgclone drop --all")
    assert_whole_and_swept(server, pgclone, large_template, before)


def test_a_create_gives_up_by_itself_in_the_end(server, pgclone, large_template):
    """A CI job that is cancelled has nobody who presses Ctrl-C twice."""
    before = server.names()
    process = start_create(server, pgclone, large_template)
    with frozen(server):
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        result = pgclone.finish(process, 60)
        assert time.monotonic() - started < 35
    result.expect_error(143, "could not take back", "did not answer").has_hint("pgclone drop --all")
    assert_whole_and_swept(server, pgclone, large_template, before)


@pytest.mark.core
@pytest.mark.parametrize("again", [None, 0.3], ids=["once", "as a parent passes it on"])
def test_a_server_that_thaws_is_cleaned_up(server, pgclone, large_template, again):
    before = server.names()
    process = start_create(server, pgclone, large_template)
    with frozen(server):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(again or 0.3)
        if again:
            process.send_signal(signal.SIGINT)
        time.sleep(0.7)
    result = pgclone.finish(process, 40).expect_error(130)
    assert "warning" not in result.stderr, str(result)
    assert server.names() == before


def test_a_drop_is_given_up_soon(server, pgclone, clone):
    clone("-w", "8")
    with server.session() as session, session.cursor() as cursor:
        session.autocommit = False
        cursor.execute("LOCK TABLE pg_shdescription IN SHARE ROW EXCLUSIVE MODE")
        process = pgclone.start("drop", "--all", "--template", "circ")
        wait_for_statement(server, "DROP DATABASE", waiting=True)
        with frozen(server):
            process.send_signal(signal.SIGINT)
            time.sleep(LATER)
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            result = pgclone.finish(process, 15)
            assert time.monotonic() - started < 3
        session.rollback()
    result.expect(130)
    wait_until_gone(server)
    pgclone.ok("drop", "--all", "--template", "circ")


@pytest.mark.parametrize("signals", [1, 2])
def test_a_run_drops_after_the_thaw_unless_a_second_signal_comes_while_dropping(
    server, pgclone, signals
):
    """What came while the command ran was the command's; its status stays the exit code."""
    before = server.names()
    script = "trap : INT; sleep 1; sleep 1; sleep 1; exit 5"
    with Running(pgclone, "-w", "4", script=script) as run:
        for _ in range(2):
            run.process.send_signal(signal.SIGINT)
            time.sleep(LATER)
        with frozen(server):
            time.sleep(1.5)  # the command has ended: pgclone drops
            for number in range(signals):
                assert run.process.poll() is None
                time.sleep(LATER if number else 0)
                run.process.send_signal(signal.SIGINT)
            if signals == 2:
                result = run.wait(3)
        if signals == 1:
            result = run.wait(20)
    assert result.code == 5, str(result)
    given_up = "warning: could not drop the databases of this run" in result.stderr
    assert given_up == (signals == 2), str(result)
    if given_up:
        wait_until_gone(server)
        pgclone.ok("drop", "--all", "--template", "circ")
    assert server.names() == before


def test_a_command_that_ends_while_the_lease_is_being_taken_again(server, pgclone):
    """The connection is lost and the server does not answer: the command's signals reach it, and its
    end is noticed."""
    with Running(pgclone, "-w", "1", "--wait", "1", script="trap 'exit 4' TERM; sleep 60 & wait") as run:
        server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgclone'")
        with frozen(server):
            time.sleep(0.5)
            run.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            for _ in range(2):
                run.process.send_signal(signal.SIGTERM)
                time.sleep(LATER)
            result = run.wait(10)
    assert result.code == 4, str(result)
    wait_until_gone(server)
    pgclone.ok("drop", "--all", "--template", "circ")
