"""The socket of a run, used by those who mean no good or know no better: errors, and others go on."""
import os
import random
import resource
import select
import signal
import socket
import subprocess
import sys
import time

import pytest
from support.handout import Client, HandoutRun
from support.waiting import wait_for

SEED = int(os.environ.get("PGCLONE_HOSTILE_SEED", int.from_bytes(os.urandom(4), "big")))


@pytest.fixture
def run(server, pgclone):
    """It must live through the test, take no other database along, and leave nothing behind."""
    before = server.catalog()
    print(f"PGCLONE_HOSTILE_SEED={SEED}")
    with HandoutRun(pgclone, "-w", "2", "--run-id", "r1") as run:
        yield run
        result = run.stop()
    assert result.code == 143, str(result)
    for trouble in ("Sanitizer", "runtime error", "warning", "error"):
        assert trouble not in result.stderr, str(result)
    assert server.catalog() == before


def works(run):
    with run.client() as client:
        assert client.ok("take")["name"]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_random_bytes(run):
    """Each line gets one answer, and all but those that happen to be requests an error."""
    chance = random.Random(SEED)
    with run.client() as client:
        for _ in range(200):
            client.send_bytes(chance.randbytes(chance.randint(1, 3000)).replace(b"\n", b" ") + b"\n")
            assert client.receive()["exit"] == 2
        data = chance.randbytes(200000)
        client.send_bytes(data + b"\nstatus\n")
        for _ in range(data.count(b"\n") + 1):
            client.receive()
        assert "ready" in client.receive()
    works(run)


def test_mutilated_requests(run):
    chance = random.Random(SEED)
    verbs = ["take", "create", "drop", "reset", "url", "status"]
    with run.client() as client:
        for _ in range(300):
            line = bytearray(f"{chance.choice(verbs)} circ_{chance.randint(0, 3)}".encode())
            for _ in range(chance.randint(1, 4)):
                line[chance.randrange(len(line))] = chance.choice(b"\x00\xff\x80 '\"\\;\t\r%a")
            client.send_bytes(bytes(line) + b"\n")
            answer = client.receive()
            assert answer.get("exit") in (None, 1, 2, 4), (line, answer)


def test_a_zero_byte_is_no_end_of_a_request(run):
    """Or `drop mine\\0…` would drop something that nobody named."""
    with run.client() as client:
        client.ok("take mine")
        for line in (b"drop mine\0x", b"status\0", b"take\0", b"\0"):
            client.send_bytes(line + b"\n")
            assert client.receive()["exit"] == 2
        client.ok("drop mine")


def test_lines_of_a_megabyte(run):
    with run.client() as client:
        for text in (b"x", b"take ", b"\xff", b"\0"):
            client.send_bytes(text * (1000000 // len(text)) + b"\nstatus\n")
            assert "longer than 4096 bytes" in client.receive()["error"]
            assert "ready" in client.receive()
        client.send_bytes(b"take " + b"x" * 4091 + b"\n")
        assert "63" in client.receive()["error"]
        client.send_bytes(b"x" * 10000000)  # without an end
        client.socket.shutdown(socket.SHUT_WR)
        assert "longer" in client.receive()["error"]
    works(run)


def test_a_thousand_connections(run):
    """They need not all be let in at once, but those that come in are answered, and all in the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    peers = []
    try:
        with run.client() as first:
            for _ in range(1000):
                peer = socket.socket(socket.AF_UNIX)
                peer.setblocking(False)
                peers.append(peer)
                try:
                    peer.connect(run.socket)
                    peer.send(b"status\n")
                except BlockingIOError:  # as many wait as can
                    pass
                if len(peers) % 100 == 0:
                    assert first.ok("take")["name"]
            answered = [peer for peer in peers if select.select([], [], [], 0) and readable(peer)]
            assert len(answered) > 100
            assert first.ok("reset gw0")["worker"] == "gw0"
    finally:
        for peer in peers:
            peer.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    works(run)


def readable(peer):
    poller = select.poll()
    poller.register(peer, select.POLLIN)
    return any(event & select.POLLIN for _, event in poller.poll(200))


def test_where_descriptors_are_few_the_run_waits_without_burning_time(server, pgclone):
    """And goes on as soon as others have gone."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))
    with HandoutRun(pgclone, "-w", "1", preexec_fn=limit) as run:
        with run.client() as first:
            first.ok("take")
            peers = [run.client() for _ in range(60)]
            time.sleep(0.2)
            spent = cpu_seconds(run.pid)
            time.sleep(1)
            assert cpu_seconds(run.pid) - spent < 0.3
            for peer in peers:
                peer.close()
        works(run)
        run.stop()


def test_half_closed_connections(run):
    for request, answers in ((b"status", 1), (b"", 0), (b"\n", 1), (b"status\nstatus", 2), (b"take\nreset gw0\n", 2)):
        with run.client() as client:
            client.send_bytes(request)
            client.socket.shutdown(socket.SHUT_WR)
            assert len(client.lines.readlines()) == answers, request
    with run.client() as client:  # one that wants no answers
        client.socket.shutdown(socket.SHUT_RD)
        try:
            client.send("take", "status", "take mine", "reset gw0")
        except BrokenPipeError:
            pass
    with run.client() as client:
        wait_for(lambda: client.ok("status")["taken"] == 0, "what it took goes")


def test_a_client_that_never_reads_holds_up_nobody(run):
    with run.client() as rude, run.client() as other:
        rude.socket.setblocking(False)
        try:
            while True:
                rude.send_bytes(b"nonsense\n" * 100)
        except BlockingIOError:
            pass
        for _ in range(20):
            started = time.monotonic()
            other.ok("take")
            other.ok("reset gw0")
            assert time.monotonic() - started < 5
        spent = cpu_seconds(run.pid)
        time.sleep(1)
        assert cpu_seconds(run.pid) - spent < 0.3
        rude.socket.settimeout(60)
        assert rude.receive()["exit"] == 2  # and it is answered when it reads after all
    works(run)


NAMES = [
    "'", '"', '""', "''", "a b", "; DROP DATABASE circ; --", "\\", "$pgclone$", "%s", "{}", "é😀", "t'x\"y",
    "-", "*", "/* x */", "$1", "E'\\x'", "a" * 63,
]  # fmt: skip


@pytest.mark.core
def test_names_with_anything_in_them(server, run):
    with run.client() as client:
        for name in NAMES:
            assert client.ok(f"create {name}")["name"] == name
            assert name in server.names()
            assert client.ok(f"reset {name}")["name"] == name
            client.ok(f"drop {name}")
        wait_for(lambda: not set(NAMES) & server.names(), "they are dropped")
        for name in ("a\tb", "a\rb", "\x1b[2J", "é" * 32):
            assert client.ask(f"create {name}")["exit"] == 2, name
            assert client.ask(f"drop {name}")["exit"] == 4, name
            assert client.ask(f"reset {name}")["exit"] == 2, name


@pytest.mark.core
def test_databases_that_are_not_this_runs(server, pgclone, run):
    """Those of the server, of nobody, of a plain create, and of another run."""
    server.create_database("precious")
    pgclone.create("--template", "circ", "-w", "1", "--name", "plain_{worker}")
    with HandoutRun(pgclone, "-w", "1", "--run-id", "r2") as other, other.client() as there:
        there.ok("take theirs")
        there.ok("create stays")
        own = there.ok("take")["name"]
        names = ["precious", "plain_gw0", "theirs", "stays", own, "circ_r2_gw0", "circ", "postgres", "template1"]
        wait_for(lambda: '"taken"' in server.comments()[own], "the copy is marked as taken")
        with server.unchanged_databases(names), run.client() as client:
            for name in names:
                assert client.ask(f"drop {name}")["exit"] == 4, name
                assert client.ask(f"reset {name}")["exit"] == 2, name
                for request in ("take", "create"):
                    answer = client.ask(f"{request} {name}")
                    assert answer["exit"] == 4 and answer["hint"], (name, answer)
        other.stop()
    server.drop_databases(["precious", "plain_gw0"])


TAKER = """
import socket, sys
peers = []
for request in sys.argv[2:]:
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(sys.argv[1])
    peer.sendall(request.encode() + b"\\n")
    peers.append(peer)
sys.stdout.write("asked\\n")
sys.stdout.flush()
for peer in peers:
    peer.recv(10000)
sys.stdin.read()
"""


@pytest.mark.core
def test_peers_that_are_killed_while_they_wait(server, run):
    """Nothing they asked for stays, and nobody else notices."""
    chance = random.Random(SEED)
    with run.client() as client:
        client.ok("create mine")
        for turn in range(15):
            requests = ["take", "take", f"take name{turn}", "reset gw0", "reset mine", "url gw5", "status"]
            process = subprocess.Popen(
                [sys.executable, "-c", TAKER, run.socket, *requests],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            client.ok("reset gw1")
        wait_for(lambda: client.ok("status")["taken"] == 1, "what they took is given back")
        client.ok("drop mine")
        wait_for(lambda: not [name for name in server.names() if name.startswith("name")], "it is dropped")


def test_taking_and_dropping_without_end(run):
    """Many at once, as fast as they can, each of which drops in the moment in which it is answered."""
    with run.client() as one, run.client() as other:
        for _ in range(50):
            for client in (one, other):
                client.send("take", "take", f"take name{id(client)}", "reset gw0")
            for client in (one, other):
                answers = [client.receive() for _ in range(4)]
                assert not [answer for answer in answers if "error" in answer], answers
                names = [answer["name"] for answer in answers[:3]]
                client.send(*(f"drop {name}" for name in names))
                assert [client.receive() for _ in names] == [{"dropped": name} for name in names]
