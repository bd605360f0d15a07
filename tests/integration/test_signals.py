"""Signals and kills in mid-create: what was half made is taken back, by this call or the next."""
import signal
import socket
import threading
import time

import pytest
from support.waiting import locked, wait_for_row, wait_for_statement, wait_until_gone
from support.watcher import Watcher

pytestmark = pytest.mark.core
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize("number", CODES, ids=[number.name for number in CODES])
def test_a_signal_in_mid_create_leaves_nothing(server, pgclone, large_template, number):
    before = server.names()
    process = pgclone.start("create", "--template", large_template, "-w", "12", "-j", "2")
    wait_for_statement(server, "CREATE DATABASE")
    time.sleep(0.1)
    process.send_signal(number)
    started = time.monotonic()
    result = pgclone.finish(process, 30)
    result.expect_error(CODES[number])
    assert time.monotonic() - started < 10
    assert server.names() == before


def test_a_standby_that_is_away_holds_up_neither_ctrl_c_nor_a_drop(own_server, pgclone):
    """Names are given for good, so they wait for the standby as every commit there does. What takes
    back or drops waits for nobody."""
    server = own_server(synchronous_commit="on")
    here = {"server": server.url("circ")}
    pgclone.ok("create", "--template", "circ", "--name", "early_{worker}", **here)
    before = server.names()
    server.run("ALTER SYSTEM SET synchronous_standby_names TO nobody")
    server.query("SELECT pg_reload_conf()")
    process = pgclone.start("create", "--template", "circ", "-w", "3", **here)
    wait_for_row(server, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    pgclone.finish(process, 30).expect_error(130)
    assert time.monotonic() - started < 10
    assert server.names() == before
    pgclone.ok("drop", "--all", "--template", "circ", **here)
    assert server.names() == before - {"early_gw0"}


def test_a_signal_while_names_are_given_leaves_all_or_nothing(server, pgclone):
    """The renames come last and together: the signal is either too late, or takes back what has its
    name already."""
    before, names = server.names(), {f"circ_gw{n}" for n in range(64)}
    process = pgclone.start("create", "--template", "circ", "-w", "64", "-j", "4")
    wait_for_row(server, "SELECT 1 FROM pg_database WHERE datname LIKE 'circ\\_gw%'")
    process.send_signal(signal.SIGTERM)
    result = pgclone.finish(process, 60)
    if result.code == 0:
        assert server.names() == before | names
    else:
        result.expect_error(143)
        assert server.names() == before


def test_a_signal_spares_the_databases_that_were_there_before(server, pgclone, clone):
    """Replacing 40: those not yet replaced stay, and whatever bears a worker's name is whole."""
    names = clone("--workers", "40").databases
    process = pgclone.start("create", "--template", "circ", "-w", "40", "-j", "2")
    wait_for_statement(server, "CREATE DATABASE")
    process.send_signal(signal.SIGINT)
    pgclone.finish(process, 60).expect_error(130)
    comments = server.comments()
    left = [name for name in names if name in comments]
    assert left, "those that were not reached yet are still there"
    for name in left:
        assert comments[name].startswith("pgclone:{")
        assert server.value("SELECT count(*) FROM book", database=name) == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    "table, statement",
    [("pg_database", "CREATE DATABASE"), ("pg_shdescription", "COMMENT ON DATABASE")],
)
def test_a_signal_while_a_statement_waits_for_a_lock(server, pgclone, table, statement, number):
    before = server.names()
    with locked(server, table):
        process = pgclone.start("create", "--template", "circ", "-w", "4", "-j", "2")
        wait_for_statement(server, statement, waiting=True)
        process.send_signal(number)
        time.sleep(0.5)
    pgclone.finish(process, 30).expect_error(CODES[number])
    assert server.names() == before


def test_a_signal_while_waiting_for_a_busy_template(server, pgclone):
    with server.session("circ", "tester"), server.unchanged():
        process = pgclone.start("create", "--template", "circ", "--wait", "30")
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        pgclone.finish(process, 20).expect_error(130)
        assert time.monotonic() - started < 3


def test_a_signal_while_the_server_does_not_answer(pgclone):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://tester@127.0.0.1:{port}/circ"
        process = pgclone.start("create", server=url)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        pgclone.finish(process, 20).expect_error(143)
        assert time.monotonic() - started < 3


def test_two_signals_in_a_row_still_leave_nothing(server, pgclone, large_template):
    """Ctrl-C pressed twice: the taking back is not itself taken back."""
    before = server.names()
    process = pgclone.start("create", "--template", large_template, "-w", "6", "-j", "2")
    wait_for_statement(server, "CREATE DATABASE")
    process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    pgclone.finish(process, 30).expect_error(130)
    assert server.names() == before


@pytest.mark.leaves_scratch
@pytest.mark.parametrize("after", [0.05, 0.3, 0.8])
def test_after_a_kill_worker_names_are_complete_and_drop_takes_the_rest(server, pgclone, after):
    names = [f"circ_gw{n}" for n in range(40)]
    with Watcher(server, names):
        process = pgclone.start("create", "--template", "circ", "-w", "40", "-j", "4")
        time.sleep(after)
        process.kill()
        process.communicate()
        wait_until_gone(server)
    comments = server.comments()
    for name in set(names) & set(comments):
        assert comments[name].startswith("pgclone:{")
        assert server.value("SELECT count(*) FROM book", database=name) == 5
    pgclone.ok("drop", "--all", "--template", "circ")
    left = {name for name, text in server.comments().items() if text.startswith("pgclone:{")}
    assert not left
    assert not set(names) & server.names()


@pytest.mark.leaves_scratch
def test_a_create_after_a_kill_works(server, pgclone, clone):
    process = pgclone.start("create", "--template", "circ", "-w", "20", "-j", "4")
    time.sleep(0.4)
    process.kill()
    process.communicate()
    made = clone("--workers", "20", "--wait", "20")
    for name in made.databases:
        assert server.value("SELECT count(*) FROM book", database=name) == 5


def test_a_signal_in_mid_drop_ends_soon_and_a_second_drop_finishes(server, pgclone, clone):
    names = clone("--workers", "40", "--jobs", "8").databases
    with locked(server, "pg_shdescription"):
        process = pgclone.start("drop", "--all", "-j", "2")
        wait_for_statement(server, "DROP DATABASE", waiting=True)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    result = pgclone.finish(process, 30)
    assert result.code == 130, str(result)
    pgclone.ok("drop", "--all")
    assert not set(names) & server.names()


def test_a_command_in_a_pipe_that_closes_does_not_die_silently(server, pgclone):
    """`pgclone create | head -0`: the databases are made or none is."""
    before = server.names()
    process = pgclone.start("create", "--template", "circ", "-w", "3")
    process.stdout.close()
    process.stdout = None
    reader = threading.Thread(target=process.wait)
    reader.start()
    reader.join(30)
    assert not reader.is_alive()
    made = server.names() - before
    assert made in (set(), {"circ_gw0", "circ_gw1", "circ_gw2"})
