"""Fresh copies over a long time, beside other runs, and through all that can happen to a server."""
import os
import random
import signal
import subprocess
import sys
import threading
import time

import psycopg2
import pytest
from support.handout import Client, HandoutRun, resources
from support.waiting import wait_for

RESETS = int(os.environ.get("PGCLONE_SOAK_RESETS", "300"))
WORKERS = 4


def content(cursor):
    """In one statement, which sees one moment."""
    cursor.execute(
        "SELECT (SELECT count(*) FROM book), (SELECT count(*) FROM author WHERE name = 'Mary Shelley'),"
        " (SELECT count(*) FROM pg_class WHERE relname = 'trace')"
    )
    return cursor.fetchone()


PRISTINE = (5, 1, 0)


def use(url):
    """As a test does: looks, and leaves traces. What it saw."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            seen = content(cursor)
            cursor.execute("DELETE FROM book; UPDATE author SET name = 'x'; CREATE TABLE trace (a int)")
        return seen
    finally:
        connection.close()


def in_threads(count, function):
    """Calls function(number) side by side; what they raised is raised here."""
    problems = []

    def call(number):
        try:
            function(number)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


def sessions(server):
    return server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgclone'")


@pytest.mark.core
def test_resets_in_a_row_are_pristine_and_use_nothing_up(server, pgclone):
    """300 of them, or as many as PGCLONE_SOAK_RESETS says (10000 for the long form)."""
    before = server.names()
    samples, times = [], []
    # The address sanitizer keeps what was freed, up to so much.
    env = {"ASAN_OPTIONS": "exitcode=86:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
    with HandoutRun(pgclone, "-w", str(WORKERS), script="exec sleep 7200", env=env) as run:
        path, left = run.socket, RESETS
        lock = threading.Lock()

        def worker(number):
            nonlocal left
            with Client(path) as client:
                url = client.ok(f"url gw{number}")["url"]
                while True:
                    with lock:
                        left -= 1
                        if left < 0:
                            return
                        sample = left % max(RESETS // 20, 1) == 0
                    assert use(url) == PRISTINE
                    answer = client.ok(f"reset gw{number}")
                    assert answer["url"] == url
                    with lock:
                        times.append(answer["elapsed_ms"])
                    if sample:
                        with lock:
                            samples.append((*resources(run.pid), len(server.names()), sessions(server)))

        started = time.monotonic()
        in_threads(WORKERS, worker)
        elapsed = time.monotonic() - started
        times.sort()
        print(
            f"{RESETS} resets in {elapsed:.1f} s, median {times[len(times) // 2]} ms,"
            f" p99 {times[len(times) * 99 // 100]} ms, most {times[-1]} ms"
        )
        for descriptors, memory, databases, connections in samples:
            print(f"descriptors {descriptors}, VmRSS {memory} KiB, databases {databases}, sessions {connections}")
        warm = samples[len(samples) // 4 : len(samples) // 2 + 1]
        late = samples[-len(samples) // 4 :]
        most = [max(column) for column in zip(*warm)]
        last = [max(column) for column in zip(*late)]
        assert last[0] <= most[0] + 4 and last[1] <= most[1] + 512, samples
        # The workers', 8 spares for each, and as many that wait to be dropped.
        assert last[2] <= len(before) + WORKERS * (1 + 2 * 8) + 8, samples
        assert last[3] <= most[3] + 4, samples
        result = run.stop()
        assert "warning" not in result.stderr and "error" not in result.stderr, str(result)
    assert server.names() == before


# ------------------------------------------------------------------------------- reconnecting


CLOSED = (
    "is not currently accepting connections", "terminating connection", "closed the connection unexpectedly",
    # The server's word to a session that had found the old one, and waited for the end of the swap.
    "It seems to have just been dropped or renamed",
)  # fmt: skip


def spoil(url):
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM book; DELETE FROM author; CREATE TABLE trace (a int)")


@pytest.mark.core
def test_clients_that_reconnect_all_the_time_see_one_database_or_the_other(server, pgclone):
    """The old one, an error that it is closed, or the new one; and no reset waits for them for long."""
    seen, errors, done = set(), set(), threading.Event()
    with HandoutRun(pgclone, "-w", "1") as run:
        with run.client() as client:
            url = client.ok("url gw0")["url"]

            def reconnect():
                while not done.is_set():
                    try:
                        connection = psycopg2.connect(url)
                        try:
                            with connection.cursor() as cursor:
                                for _ in range(3):
                                    seen.add(content(cursor))
                        finally:
                            connection.close()
                    except psycopg2.Error as problem:
                        errors.add(str(problem))

            def reset():
                try:
                    for _ in range(60):
                        started = time.monotonic()
                        client.ok("reset gw0")
                        assert time.monotonic() - started < 5
                        spoil(url)
                finally:
                    done.set()

            in_threads(4, lambda number: reset() if number == 0 else reconnect())
        run.stop()
    assert seen == {PRISTINE, (0, 0, 1)}, seen
    unexpected = [text for text in errors if not any(reason in text for reason in CLOSED)]
    assert not unexpected, unexpected


# ----------------------------------------------------------------------------------- restarts


def calm(client, request):
    """Asks until there is no error any more."""
    wait_for(lambda: "error" not in client.ask(request), f"{request} works again", 30)


@pytest.mark.core
@pytest.mark.leaves_scratch
def test_a_server_that_is_restarted_under_a_run(own_server, pgclone):
    """Each request has an answer, be it an error; then all goes on as before, and nothing is left."""
    server = own_server(log_statement="none")
    before = server.names()
    answers, done = [0] * WORKERS, threading.Event()
    with HandoutRun(pgclone, "-w", str(WORKERS), server=server.url("circ")) as run:
        path = run.socket

        def worker(number):
            with Client(path) as client:
                while not done.is_set():
                    name = client.ask("take").get("name")
                    client.ask(f"reset gw{number}")
                    if name:
                        client.ask(f"drop {name}")
                    client.ask(f"take name{number}")
                    client.ask(f"drop name{number}")
                    client.ask(f"url gw{number + WORKERS}")
                    answers[number] += 1

        threads = [threading.Thread(target=worker, args=(number,)) for number in range(WORKERS)]
        for thread in threads:
            thread.start()
        for pause in (0, 0.3, 0):
            time.sleep(0.5)
            server.crash(pause)
        server.stop()
        server.start()
        time.sleep(0.5)
        done.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a request has no answer"
        assert min(answers) > 0, answers
        with run.client() as client:
            for number in range(2 * WORKERS):
                calm(client, f"url gw{number}")
                calm(client, f"reset gw{number}")
                assert use(client.ok(f"url gw{number}")["url"]) == PRISTINE
            calm(client, "take")
            assert use(client.ok("take")["url"]) == PRISTINE
        run.stop()
    assert server.names() == before


@pytest.mark.core
def test_the_databases_of_workers_are_open_after_a_crash(own_server, pgclone):
    """Of a reset that was reported a moment before, or was under way, the server may have kept a part."""
    server = own_server(log_statement="none")
    with HandoutRun(pgclone, "-w", "1", server=server.url("circ")) as run:
        for _ in range(5):
            with run.client() as client:
                calm(client, "reset gw0")
                url = client.ok("url gw0")["url"]
                client.send("reset gw0")
                server.crash()
                client.receive()

            def is_open():
                try:
                    psycopg2.connect(url).close()
                    return True
                except psycopg2.OperationalError:
                    return False

            wait_for(is_open, "the worker's database can be used")
        run.stop()


# ------------------------------------------------------------------------------- side by side


RESETTER = """
import socket, sys
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
lines = peer.makefile("rw")
def ask(request):
    lines.write(request + "\\n")
    lines.flush()
    return lines.readline()
while True:
    ask("take")
    ask("reset " + sys.argv[2])
    ask("take name_" + sys.argv[2])
    ask("reset name_" + sys.argv[2])
    ask("drop name_" + sys.argv[2])
"""


@pytest.mark.core
def test_resets_while_clients_are_killed_and_runs_come_and_go(server, pgclone):
    """Those that live on see none of it, and nothing of the dead is left."""
    chance, before = random.Random(), server.names()
    done = threading.Event()
    with HandoutRun(pgclone, "-w", "4", script="exec sleep 7200") as run, run.client() as client:
        victims = []

        def kill_clients():
            while not done.is_set():
                number = chance.choice((1, 2, 3))
                process = subprocess.Popen([sys.executable, "-c", RESETTER, run.socket, f"gw{number}"])
                victims.append(process)
                time.sleep(chance.uniform(0.02, 0.3))
                process.send_signal(signal.SIGKILL)
                process.wait()

        def others():
            while not done.is_set():
                with HandoutRun(pgclone, "-w", "1") as other, other.client() as there:
                    there.ok("take")
                    there.ok("reset gw0")
                    if chance.random() < 0.5:
                        other.kill()
                    else:
                        there.ok("create stays_" + other.run_id)
                        other.stop()

        def reset():
            try:
                url = client.ok("url gw0")["url"]
                for _ in range(max(RESETS // 3, 100)):
                    assert use(url) == PRISTINE
                    client.ok("reset gw0")
                    taken = client.ok("take")
                    assert use(taken["url"]) == PRISTINE
                    client.ok(f"drop {taken['name']}")
            finally:
                done.set()

        in_threads(3, lambda number: (reset, kill_clients, others)[number]())
        assert victims
        wait_for(lambda: client.ok("status")["taken"] == 0, "nothing is taken any more")
        result = run.stop()
        assert "warning" not in result.stderr and "error" not in result.stderr, str(result)
    pgclone.ok("run", "--template", "circ", "--", "true")
    assert server.names() == before


@pytest.mark.core
def test_runs_side_by_side_hand_out_their_own(server, pgclone):
    before = server.names()
    names = [set() for _ in range(4)]

    def one(number):
        with HandoutRun(pgclone, "-w", "2", "--run-id", f"s{number}") as run, run.client() as client:
            for turn in range(15):
                taken = client.ok("take")
                names[number].add(taken["name"])
                assert use(taken["url"]) == PRISTINE
                assert use(client.ok(f"reset gw{turn % 2}")["url"]) == PRISTINE
                if turn % 2:
                    client.ok(f"drop {taken['name']}")
            assert run.stop().code == 143

    in_threads(4, one)
    assert len(set.union(*names)) == sum(map(len, names)) == 60
    assert server.names() == before
