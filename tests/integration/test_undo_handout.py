"""`reset: undo` on request: over the socket of a run and over `serve`, with what is counted and told."""
import os
import re
import time

import psycopg2
import pytest
from support.handout import HandoutRun, Serve, books
from support.undo import content, oid, run, watched_templates
from support.waiting import wait_for

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("may_undo")]
UNDO = {"PGCLONE_RESET": "undo"}
ROWS = ["INSERT INTO author VALUES (3, 'Jane Austen')", "DELETE FROM book", "SELECT nextval('book_book_id_seq')"]
DDL = ["CREATE TABLE extra ()"]


@pytest.fixture
def pristine(server):
    return content(server, "circ")


@pytest.fixture
def handout(server, pgclone, pristine):
    """A run with two workers, which leaves only the template of pgclone's own when it has ended."""
    before = server.names()
    with HandoutRun(pgclone, "-v", "-w", "2", "--run-id", "r1", env=UNDO) as handout:
        yield handout
        if handout.process.poll() is None:
            said = handout.stop().stderr
            assert "warning" not in said and "error" not in said, said
    assert server.names() - before == watched_templates(server)


@pytest.fixture
def client(handout):
    with handout.client() as client:
        yield client


def settled(client):
    """Until nothing is being made or undone."""
    wait_for(lambda: client.ok("status")["making"] == 0, "what was given back is undone")
    return client.ok("status")


# ---------------------------------------------------------------------------------------- reset


def test_reset_of_a_worker_and_of_a_copy_says_undo_and_keeps_the_database(server, client, pristine):
    mine = client.ok("take mine")
    assert mine["from"] in ("spare", "clone")
    for request, answer in (("reset gw1", client.ok("url gw1")), ("reset mine", mine)):
        before = oid(server, answer["name"])
        for _ in range(3):
            run(answer["url"], *ROWS)
            done = client.ok(request)
            assert (done["from"], done["name"], done["url"]) == ("undo", answer["name"], answer["url"])
            assert done["elapsed_ms"] > 0 and oid(server, answer["name"]) == before
            assert content(server, answer["name"]) == pristine


def test_a_superuser_who_is_just_leaving_is_waited_for(server, client, pristine):
    """Whose session the role may not end: another program has looked into the database a moment before."""
    there = client.ok("url gw0")
    run(there["url"], *ROWS)
    with server.session(there["name"]):
        client.send("reset gw0")
        time.sleep(0.2)
    assert client.receive()["from"] == "undo"
    assert content(server, there["name"]) == pristine


def test_what_cannot_be_undone_is_replaced_and_then_undone_again(server, client, pristine):
    url = client.ok("url gw0")["url"]
    for statements, ways in ((ROWS, ["undo"]), (DDL + ROWS, ["spare", "clone"]), (ROWS, ["undo"])):
        run(url, *statements)
        assert client.ok("reset gw0")["from"] in ways
        assert content(server, "circ_r1_gw0") == pristine


def test_reset_ends_sessions_also_those_idle_in_a_transaction(client):
    url = client.ok("url gw0")["url"]
    idle = psycopg2.connect(url)
    with idle.cursor() as cursor:
        cursor.execute("DELETE FROM book")
    assert client.ok("reset gw0")["from"] == "undo"
    with pytest.raises(psycopg2.Error):
        idle.cursor().execute("SELECT 1")
    assert books(url) == 5


def test_a_pool_that_connects_again_at_once_gets_through(client):
    """The sessions of an application come back while its database is put back; they wait, and go on."""
    url = client.ok("url gw0")["url"]
    for _ in range(20):
        run(url, *ROWS)
        client.send("reset gw0")
        while True:
            try:
                found = books(url)
                break
            except psycopg2.Error:
                continue
        assert client.receive()["from"] == "undo" and found in (0, 5)
        assert books(url) == 5


def test_a_worker_that_the_run_does_not_know_gets_one_that_can_be_undone(server, client, pristine):
    url = client.ok("url gw7")["url"]
    assert content(server, "circ_r1_gw7") == pristine
    run(url, *ROWS)
    assert client.ok("reset gw7")["from"] == "undo"
    assert content(server, "circ_r1_gw7") == pristine
    assert client.ok("reset gw8")["from"] in ("spare", "clone")
    client.refused("reset gwx", 2, "this run has no worker")


def test_pgclone_reset_inside_a_run_asks_the_run(server, pgclone, handout, client, pristine):
    url = client.ok("url gw1")["url"]
    run(url, *ROWS)
    before = oid(server, "circ_r1_gw1")
    inside = {"PGCLONE_SOCKET": handout.socket, "PYTEST_XDIST_WORKER": "gw1"}
    result = pgclone.ok("reset", env=inside)
    assert result.stdout == "reset circ_r1_gw1\n"
    assert oid(server, "circ_r1_gw1") == before and content(server, "circ_r1_gw1") == pristine


# -------------------------------------------------------------------------------- take and drop


def test_what_is_given_back_is_undone_and_handed_out_again(server, pgclone, pristine):
    with HandoutRun(pgclone, "--spares", "0", env=UNDO) as handout, handout.client() as client:
        first = client.ok("take")
        before = oid(server, first["name"])
        for _ in range(5):
            run(first["url"], *ROWS)
            client.ok(f"drop {first['name']}")
            again = client.ok("take")
            assert (again["from"], again["name"], again["url"]) == ("undo", first["name"], first["url"])
            assert oid(server, again["name"]) == before and content(server, again["name"]) == pristine
        assert client.ok("status")["undone"] == 5
        handout.stop()


def test_takers_share_few_copies(server, client, pristine):
    """Also with spares no more are made than are in use at once, and some that are ready."""
    made = set()
    for _ in range(30):
        answer = client.ok("take")
        made.add(oid(server, answer["name"]))
        assert content(server, answer["name"]) == pristine
        run(answer["url"], *ROWS)
        client.ok(f"drop {answer['name']}")
    assert len(made) <= 4, made


def test_what_is_given_back_spoiled_is_dropped_and_never_handed_out(server, client, pristine):
    first = client.ok("take")
    spoiled = oid(server, first["name"])
    run(first["url"], *DDL)
    client.ok(f"drop {first['name']}")
    for _ in range(3):
        answer = client.ok("take")
        assert oid(server, answer["name"]) != spoiled and content(server, answer["name"]) == pristine
    gone = "SELECT 1 FROM pg_database WHERE oid = %s"
    wait_for(lambda: not server.query(gone, (spoiled,)), "the spoiled one is dropped")


def test_copies_under_a_name_are_pristine_each_time(server, client, pristine):
    for request in ("take", "create"):
        for _ in range(4):
            answer = client.ok(f"{request} app_test")
            assert content(server, "app_test") == pristine
            run(answer["url"], *ROWS)
            assert client.ok("reset app_test")["from"] == "undo"
            run(answer["url"], *DDL)
            client.ok("drop app_test")


def test_a_client_that_goes_away_leaves_what_it_took_to_the_next(server, handout, client, pristine):
    with handout.client() as other:
        taken = [other.ok("take") for _ in range(2)]
        for answer in taken:
            run(answer["url"], *ROWS)
    settled(client)
    for _ in taken:
        answer = client.ok("take")
        assert content(server, answer["name"]) == pristine
    assert client.ok("status")["undone"] >= 1


def test_a_client_that_goes_in_the_middle_of_its_reset(server, handout, client, pristine):
    url = client.ok("url gw0")["url"]
    for _ in range(10):
        run(url, *ROWS)
        with handout.client() as other:
            other.send("reset gw0")
        assert client.ok("reset gw0")["from"] == "undo"
        assert content(server, "circ_r1_gw0") == pristine


def test_many_at_once(server, handout, pristine):
    """Workers and copies, of several clients, whose requests cross."""
    clients = [handout.client() for _ in range(6)]
    try:
        for number in range(8):
            for each in clients:
                each.send("take")
            answers = [each.receive() for each in clients]
            assert len({answer["name"] for answer in answers}) == len(clients), answers
            for place, (each, answer) in enumerate(zip(clients, answers)):
                assert content(server, answer["name"]) == pristine
                run(answer["url"], *(DDL if (place + number) % 5 == 0 else ROWS))
                each.send(f"reset {answer['name']}", f"drop {answer['name']}")
            for each in clients:
                assert each.receive()["from"] in ("undo", "spare", "clone")
                assert "dropped" in each.receive()
    finally:
        for each in clients:
            each.close()


# ---------------------------------------------------------------------------------- what is told


def test_status_counts_what_was_undone_and_why_the_rest_was_not(client):
    assert client.ok("status") == {
        "ready": 0, "making": 0, "taken": 0, "served": 0, "waited": 0, "undone": 0, "not_undone": {}
    }  # fmt: skip
    url = client.ok("url gw0")["url"]
    for statements in (ROWS, ROWS, DDL, ["TRUNCATE book"], DDL):
        run(url, *statements)
        client.ok("reset gw0")
    seen = settled(client)
    assert (seen["served"], seen["undone"]) == (5, 2)
    assert seen["not_undone"] == {"DDL": 2, "TRUNCATE, REINDEX, or GRANT or ALTER on a table": 1}


def test_the_end_of_a_run_tells_how_often_and_why_not(handout, client):
    url = client.ok("url gw0")["url"]
    for statements in (ROWS, DDL, ROWS):
        run(url, *statements)
        client.ok("reset gw0")
    said = handout.stop().stderr
    counts = re.search(r"pristine databases: (\d+) undone, (\d+) spare copies, (\d+) copies that were waited for", said)
    assert counts and int(counts[1]) == 2 and int(counts[2]) + int(counts[3]) == 1, said
    assert "could not be undone 1 time" in said and re.search(r"could not be undone 1 times?: DDL\n", said), said
    assert 'undid the changes in database "circ_r1_gw0"' in said
    assert re.search(r'the changes in database "circ_r1_gw0" cannot be undone: DDL \(.*pg_class.*\)', said), said


def test_a_run_that_nobody_asked_tells_nothing(pgclone, pristine):
    said = pgclone.ok("run", "-v", "--template", "circ", "--", "true", env=UNDO).stderr
    assert "undone" not in said and "pristine" not in said, said


# ------------------------------------------------------------------------------- other ways to run


def test_serve_undoes_as_a_run_does(server, pgclone, pristine):
    with Serve(pgclone, "-w", "2", "-v", "--run-id", "s1", env=UNDO) as serve:
        url = serve.ok("url gw1")["url"]
        run(url, *ROWS)
        assert serve.ok("reset gw1")["from"] == "undo"
        assert content(server, "circ_s1_gw1") == pristine
        taken = serve.ok("take")
        run(taken["url"], *ROWS)
        serve.ok(f"drop {taken['name']}")
        assert serve.ok("take")["from"] == "undo"
        assert content(server, taken["name"]) == pristine
        result = serve.end().expect(0)
    assert "2 undone" in result.stderr, str(result)
    assert {name for name in server.names() if "_s1_" in name} == set()


def test_databases_that_are_made_beside_the_command_can_be_undone(server, pgclone, pristine):
    with HandoutRun(pgclone, "-w", "3", "--run-id", "o1", "--overlap", env=UNDO) as handout:
        with handout.client() as client:
            for worker in ("gw2", "gw0", "gw5", "gw1"):
                url = client.ok(f"url {worker}")["url"]
                run(url, *ROWS)
                assert client.ok(f"reset {worker}")["from"] == "undo"
                assert content(server, f"circ_o1_{worker}") == pristine
        handout.stop()


def test_what_create_gets_from_the_run_is_undone_too(server, pgclone, client, handout, pristine):
    inside = {**UNDO, "PGCLONE_SOCKET": handout.socket}
    pgclone.ok("create", "--name", "own", env=inside)
    run(server.url("own"), *ROWS)
    assert client.ok("reset own")["from"] == "undo"
    assert content(server, "own") == pristine


def test_databases_that_were_kept_can_be_undone_by_the_next_call(server, pgclone, pristine):
    with HandoutRun(pgclone, "-w", "1", "--run-id", "k1", "--keep", env=UNDO) as handout:
        handout.stop()
    run(server.url("circ_k1_gw0"), *ROWS)
    before = oid(server, "circ_k1_gw0")
    pgclone.ok("reset", "--template", "circ", "--run-id", "k1", "gw0", env=UNDO)
    assert oid(server, "circ_k1_gw0") == before and content(server, "circ_k1_gw0") == pristine


def test_a_worker_of_a_living_run_is_not_reset_behind_its_back(server, pgclone, handout, pristine):
    with server.unchanged_databases(["circ_r1_gw0"]):
        refused = pgclone("reset", "--template", "circ", "--run-id", "r1", "gw0", env=UNDO)
        refused.expect_error(4, "circ_r1_gw0")


def test_a_session_of_pgclones_own_that_is_ended_is_made_again(server, handout, client, pristine):
    url = client.ok("url gw0")["url"]
    for _ in range(3):
        run(url, *ROWS)
        assert client.ok("reset gw0")["from"] in ("undo", "spare", "clone")
        assert content(server, "circ_r1_gw0") == pristine
        server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'circ_r1_gw0'")
    assert os.path.exists(handout.socket)
