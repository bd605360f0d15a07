"""Fresh copies on request: what is asked, what is answered, what a copy is, and what is left at the end."""
import json
import os
import re
import signal
import time

import psycopg2
import pytest
from support.handout import HandoutRun, Serve, books, spoil
from support.waiting import wait_for

pytestmark = pytest.mark.core

REQUESTS = "take [NAME], create NAME, drop NAME, reset WORKER, reset NAME, url WORKER, status"


@pytest.fixture
def run(server, pgclone):
    """A run with two workers, which leaves nothing behind when it has ended."""
    before = server.names()
    with HandoutRun(pgclone, "-w", "2", "--run-id", "r1") as run:
        yield run
        result = run.stop()
    assert "warning" not in result.stderr and "error" not in result.stderr, str(result)
    assert server.names() == before


@pytest.fixture
def client(run):
    with run.client() as client:
        yield client


# ------------------------------------------------------------------------------------- requests


def test_take_gives_a_pristine_copy_of_its_own(client):
    taken = [client.ok("take") for _ in range(3)]
    names = {answer["name"] for answer in taken}
    assert len(names) == 3 and all(re.fullmatch(r"circ_r1_t\d+", name) for name in names), names
    for answer in taken:
        assert set(answer) == {"name", "url", "from", "elapsed_ms"}
        assert answer["from"] in ("spare", "clone") and answer["elapsed_ms"] >= 0
        assert books(answer["url"]) == 5
        spoil(answer["url"])


def test_the_first_copies_are_made_as_the_server_is_best_asked(server, pgclone):
    """Its version must be known before the connections that make them are there: files are copied."""
    if server.major < 15:
        pytest.skip("STRATEGY came with PostgreSQL 15")
    position = server.log_position()
    with HandoutRun(pgclone, "-w", "2", "--run-id", "r1") as run, run.client() as client:
        client.ok("take")
        run.stop()
    made = [s.text for s in server.statements(position) if s.text.startswith("CREATE DATABASE")]
    assert len(made) >= 3, made
    assert all("file_copy" in text.lower() for text in made), made


def test_take_and_create_under_a_name(client):
    assert client.ok("take mine")["name"] == "mine"
    answer = client.ok('create it\'s "Düsseldorf" 100%')
    assert answer["name"] == 'it\'s "Düsseldorf" 100%'
    assert books(answer["url"]) == 5


def test_a_name_that_is_somebody_elses_is_not_given(server, client):
    for verb in ("take", "create"):
        for name in ("postgres", "template1", "circ"):
            with server.unchanged_databases([name]):
                answer = client.refused(f"{verb} {name}", 4, f'"{name}"', "there already")
            assert "another name" in answer["hint"] and "moment ago" not in answer["hint"], answer
    assert client.ok("take")["from"] == "spare"  # the copy is as good as before


def test_a_workers_name_that_is_somebody_elses_is_told(server, pgclone):
    server.create_database("circ_r1_gw9")
    with HandoutRun(pgclone, "-w", "1", "--run-id", "r1") as run, run.client() as client:
        with server.unchanged_databases(["circ_r1_gw9"]):
            answer = client.refused("url gw9", 4, '"circ_r1_gw9"', "there already")
        assert "--name" in answer["hint"], answer
        run.stop()


def test_drop_gives_back_and_the_name_can_be_had_again(client):
    """A suite that makes and drops `app_test` for each of its tests."""
    for request in ("create", "take"):
        for _ in range(5):
            answer = client.ok(f"{request} app_test")
            assert books(answer["url"]) == 5
            spoil(answer["url"])
            assert client.ok("drop app_test") == {"dropped": "app_test"}


def test_drop_ends_sessions_and_removes_the_database(server, client):
    client.ok("take mine")
    with server.session("mine", "tester"):
        client.ok("drop mine")
        wait_for(lambda: "mine" not in server.names(), "the database is dropped")


def test_reset_of_a_worker_and_of_a_copy(server, client):
    url = client.ok("url gw1")
    assert url == {"worker": "gw1", "name": "circ_r1_gw1", "url": url["url"]}
    spoil(url["url"])
    answer = client.ok("reset gw1")
    assert {key: answer[key] for key in ("worker", "name", "url")} == url
    assert answer["from"] in ("spare", "clone") and answer["elapsed_ms"] > 0
    assert books(url["url"]) == 5
    mine = client.ok("take mine")
    spoil(mine["url"])
    answer = client.ok("reset mine")
    assert (answer["name"], answer["url"]) == ("mine", mine["url"])
    assert books(mine["url"]) == 5


def test_reset_ends_the_sessions_of_the_old_database(server, client):
    url = client.ok("url gw0")["url"]
    connection = psycopg2.connect(url)
    client.ok("reset gw0")
    with pytest.raises(psycopg2.Error):
        connection.cursor().execute("SELECT 1")
    assert books(url) == 5


def test_reset_waits_for_a_superuser_who_is_just_leaving(server, client):
    """Whose session the role may not end. One that stays is an error, and the database is as it was."""
    url = client.ok("url gw0")["url"]
    spoil(url)
    with server.session("circ_r1_gw0"):
        refused = client.ask("reset gw0")
        assert refused["exit"] == 6, refused
        client.send("reset gw0")
        time.sleep(0.2)
    assert client.receive()["from"] in ("spare", "clone")
    assert books(url) == 5


def test_a_worker_that_the_run_does_not_know_gets_a_database_once(server, run):
    """pytest-xdist replaces a worker that crashed by one with the next number."""
    with run.client() as one, run.client() as other:
        for client in (one, other):
            client.send("url gw7")
        assert one.receive() == other.receive()
    assert "circ_r1_gw7" in server.names()
    with run.client() as client:
        assert books(client.ok("url gw7")["url"]) == 5
        for name in ("gw", "gw07", "gwx", "7", "gw7 ", "GW7", "other"):
            client.refused(f"url {name}", 2, "this run has no worker").get("hint")
            client.refused(f"reset {name}", 2, "this run has no worker")


def test_status_counts(client):
    assert client.ok("status") == {"ready": 0, "making": 0, "taken": 0, "served": 0, "waited": 0}
    client.ok("take")
    client.ok("create mine")
    client.ok("reset gw0")
    client.ok("url gw1")  # hands nothing out
    seen = client.ok("status")
    assert (seen["taken"], seen["served"]) == (2, 3)
    assert 1 <= seen["waited"] <= 3


def test_nothing_is_made_before_anybody_asks(server, client):
    """A run whose tests ask for no fresh copies pays for none."""
    client.ok("url gw0")
    assert {name for name in server.names() if "_t" in name and "_r1_" in name} == set()
    position = server.log_position()
    client.ok("status")
    assert not [entry for entry in server.statements(position, "tester") if "CREATE" in entry.text]


def test_as_many_spares_as_are_set_are_there_from_the_start(server, pgclone):
    with HandoutRun(pgclone, "-w", "1", "--spares", "3") as run, run.client() as client:
        wait_for(lambda: client.ok("status")["ready"] == 3, "three spares are ready")
        assert client.ok("take")["from"] == "spare"
        run.stop()
    with HandoutRun(pgclone, "-w", "1", "--spares", "0") as run, run.client() as client:
        for _ in range(3):
            assert client.ok("take")["from"] == "clone"
        assert client.ok("status")["ready"] == 0
        run.stop()


def test_answers_come_in_the_order_of_the_requests(client):
    client.send("reset gw0", "status", "take a", "nonsense", "url gw0", "drop a")
    answers = [client.receive() for _ in range(6)]
    assert answers[0]["worker"] == "gw0"
    assert "ready" in answers[1]
    assert answers[2]["name"] == "a"
    assert answers[3]["exit"] == 2
    assert answers[4]["name"] == "circ_r1_gw0"
    assert answers[5] == {"dropped": "a"}


# --------------------------------------------------------------------------------------- errors


def test_requests_that_are_none(client):
    for line in ("", "nonsense", "Take", "take\t", " take", "takes", "\r", "status\r"):
        answer = client.refused(line, 2, "unknown request")
        assert REQUESTS in answer["hint"]
    for line in ("create", "drop", "reset", "url"):
        assert REQUESTS in client.refused(line, 2, f'the request "{line}" needs a name')["hint"]
    client.refused("status x", 2, "goes without a name")
    for name in ("", "x" * 64, "line\tbreak"):
        assert client.ask(f"take {name}")["exit"] == 2
    client.ok("status")


def test_names_that_are_there_already(server, client):
    client.ok("take mine")
    for request in ("take mine", "create mine", "create circ_r1_gw0"):
        client.refused(request, 4, "is there already")
    for request in ("take circ", "create postgres", "take template0"):
        name = request.split()[1]
        with server.unchanged_databases([name]):
            client.refused(request, 4, name)
    assert client.ok("take other")["name"] == "other"


def test_what_was_not_handed_out_is_not_dropped(server, client):
    for name in ("circ_r1_gw0", "circ", "postgres", "missing"):
        client.refused(f"drop {name}", 4, "handed out no database", f'"{name}"')
    assert {"circ_r1_gw0", "circ", "postgres"} <= server.names()


def test_a_database_of_somebody_elses_with_a_copys_name_stays(server, client):
    """Copies are numbered; a database with the next number may be there already."""
    server.create_database("circ_r1_t1")
    server.query("CREATE TABLE precious ()", database="circ_r1_t1", user="tester")
    with server.unchanged_databases(["circ_r1_t1"]):
        for _ in range(3):
            client.ask("take")
        taken = client.ok("take")["name"]
        client.ok(f"drop {taken}")
        wait_for(lambda: taken not in server.names(), "what was taken is dropped")
    server.query("SELECT * FROM precious", database="circ_r1_t1")
    server.drop_databases(["circ_r1_t1"])


def test_a_template_that_is_busy_is_an_error_and_later_none(server, pgclone):
    with HandoutRun(pgclone, "-w", "1", "--wait", "1") as run, run.client() as client:
        with server.session("circ", "tester"):
            client.refused("take", 5, "circ")
            position = server.log_position()
            client.ok("status")
        assert client.ok("take")["name"]
        run.stop()
    assert server.log_since(position)


# ------------------------------------------------------------------------ what is handed out


def test_what_is_handed_out_is_as_create_makes_it(server, pgclone):
    """Owner, grants, settings, connection limit and mark, also after a reset."""
    server.create_role("boss", "NOLOGIN")
    server.create_role("reader", "NOLOGIN")
    server.run("GRANT boss TO tester")
    server.create_database("rich", "tester")
    for text in (
        "ALTER DATABASE rich SET search_path = app, public",
        "ALTER DATABASE rich SET work_mem = '7MB'",
        "ALTER DATABASE rich CONNECTION LIMIT 17",
        "REVOKE CONNECT ON DATABASE rich FROM PUBLIC",
        "GRANT CONNECT ON DATABASE rich TO reader WITH GRANT OPTION",
    ):
        server.query(text)
    settings = ("--owner", "boss", "--grant-to", "reader")
    pgclone.create("--template", "rich", "-w", "1", "--name", "plain_{worker}", *settings)
    with HandoutRun(pgclone, "-w", "1", "--run-id", "r1", *settings, template="rich") as run:
        with run.client() as client:
            own = client.ok("take")["name"]
            client.ok("take named")
            client.ok("reset gw0")
            client.ok("take again")
            client.ok("reset again")
            client.ok("url gw5")
            wait_for(lambda: '"taken"' in server.comments()[own], "the copy is marked as taken")
            found = server.catalog()
            plain = found["plain_gw0"]
            uses = {own: "taken", "named": "taken", "again": "taken", "rich_r1_gw0": None, "rich_r1_gw5": None}
            for name, use in uses.items():
                for field in ("owner", "acl", "connection_limit", "allows_connections", "is_template", "settings"):
                    assert getattr(found[name], field) == getattr(plain, field), (name, field)
                mark = json.loads(found[name].comment[len("pgclone:") :])
                expected = json.loads(plain.comment[len("pgclone:") :])
                assert mark.get("use") == use
                assert (mark["project"], mark["template"], mark["run"]) == ("rich", "rich", "r1")
                assert set(mark) - {"use"} == set(expected)
            gw0 = json.loads(found["rich_r1_gw0"].comment[len("pgclone:") :])
            assert gw0["worker"] == "gw0" and gw0["lease"] == mark["lease"]
        run.stop()
    server.drop_databases(["plain_gw0"])


def states(pgclone, *arguments):
    rows = pgclone.ok("list", "--template", "circ", "--format", "json", *arguments).json["databases"]
    return {row["name"]: row["state"] for row in rows}


def test_list_shows_what_is_spare_and_what_is_taken(pgclone, run, client):
    client.ok("take mine")
    client.ok("take")
    client.ok("take")
    wait_for(lambda: client.ok("status")["ready"] > 0, "a spare is ready")
    wait_for(lambda: list(states(pgclone).values()).count("taken") == 3, "three are taken")
    found = states(pgclone)
    assert found["circ_r1_gw0"] == "held"
    assert found["mine"] == "taken"
    assert "spare" in found.values()


def test_other_runs_and_drops_leave_alone_what_a_living_run_hands_out(server, pgclone, client):
    client.ok("take mine")
    client.ok("create other")
    wait_for(lambda: client.ok("status")["making"] == 0, "the spares are made")
    before = states(pgclone)
    pgclone.ok("run", "--template", "circ", "--", "true")
    pgclone.ok("drop", "--all", "--template", "circ")
    pgclone.ok("drop", "--stale", "--template", "circ")
    pgclone.ok("drop", "--name", "mine")
    assert states(pgclone) == before


# ------------------------------------------------------------------------------------- the end


def test_what_a_connection_took_goes_with_it(server, run):
    with run.client() as client:
        client.ok("take mine")
        client.ok("create stays")
        own = client.ok("take")["name"]
    wait_for(lambda: not {"mine", own} & server.names(), "what was taken is dropped")
    with run.client() as other:
        other.refused("drop mine", 4)
        assert books(other.ok("reset stays")["url"]) == 5
        other.ok("drop stays")
        wait_for(lambda: "stays" not in server.names(), "what was created is dropped")


def test_a_client_that_takes_and_goes_in_one_breath_leaves_nothing(server, run):
    """Half-closed, or closed before the answer is there."""
    with run.client() as client:
        client.send("take mine")
        client.socket.shutdown(1)
        assert client.receive()["name"] == "mine"
        assert client.lines.read() == b""
    client = run.client()
    client.send("take yours")
    client.close()
    with run.client() as last:
        wait_for(lambda: last.ok("status")["taken"] == 0, "nothing is taken any more")
        wait_for(lambda: not {"mine", "yours"} & server.names(), "both are dropped")


def test_kept_databases_are_the_workers_alone(server, pgclone):
    before = server.names()
    with HandoutRun(pgclone, "-w", "2", "--run-id", "r1", "--keep") as run, run.client() as client:
        client.ok("create mine")
        client.ok("reset gw0")
        client.ok("take")
        run.stop()
    assert server.names() - before == {"circ_r1_gw0", "circ_r1_gw1"}
    for name in ("circ_r1_gw0", "circ_r1_gw1"):
        assert server.value("SELECT count(*) FROM book", database=name) == 5


def test_kept_on_failure_they_are_the_workers_alone(server, pgclone):
    before = server.names()
    options = ("-w", "1", "--run-id", "r1", "--keep-on-failure")
    with HandoutRun(pgclone, *options) as run, run.client() as client:
        client.ok("create mine")
        client.ok("reset gw0")
        run.stop()
    assert server.names() - before == {"circ_r1_gw0"}
    pgclone.ok("run", "--template", "circ", "--", "true")
    assert server.names() - before == {"circ_r1_gw0"}


def test_a_killed_run_leaves_nothing_that_the_next_one_does_not_remove(server, pgclone):
    before = server.names()
    with HandoutRun(pgclone, "-w", "2", "--run-id", "r1") as run, run.client() as client:
        client.ok("take mine")
        client.ok("create other")
        client.ok("reset gw0")
        run.kill()
    pgclone.ok("run", "--template", "circ", "--", "true")
    assert server.names() == before


def test_the_socket_is_the_users_alone_and_gone_afterwards(server, run):
    path = run.socket
    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    run.stop()
    assert not os.path.exists(os.path.dirname(path))


@pytest.mark.parametrize("folder", ["temporary", "x" * 120])
def test_the_socket_is_where_tmpdir_says_if_its_path_fits(pgclone, tmp_path, folder):
    (tmp_path / folder).mkdir()
    with HandoutRun(pgclone, "-w", "1", env={"TMPDIR": str(tmp_path / folder)}) as run:
        assert len(run.socket) < 108
        assert run.socket.startswith(str(tmp_path / folder)) == (len(str(tmp_path / folder)) < 75)
        with run.client() as client:
            client.ok("status")
        run.stop()


# --------------------------------------------------------------------------------------- serve


def test_serve_answers_and_drops_at_the_end_of_standard_input(server, pgclone):
    before = server.names()
    with Serve(pgclone, "-w", "2", "--run-id", "s1") as serve:
        taken = serve.ok("take")
        assert taken["name"].startswith("circ_s1_t") and books(taken["url"]) == 5
        serve.ok("create mine")
        spoil(serve.ok("url gw0")["url"])
        assert books(serve.ok("reset gw0")["url"]) == 5
        serve.refused("nonsense", 2, "unknown request")
        serve.ok("drop mine")
        serve.send("status", "take last")
        result = serve.end()
    assert result.code == 0 and result.stderr == "", str(result)
    status, last = map(json.loads, result.stdout.splitlines())
    assert status["served"] == 3 and last["name"] == "last"
    assert server.names() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_serve_drops_at_a_signal(server, pgclone, number):
    before = server.names()
    with Serve(pgclone) as serve:
        serve.ok("take")
        serve.ok("reset gw0")
        serve.process.send_signal(number)
        result = pgclone.finish(serve.process)
    assert result.code == 128 + number if number != signal.SIGINT else 130, str(result)
    assert server.names() == before


def test_serve_whose_reader_is_gone_ends_and_drops(server, pgclone):
    before = server.names()
    with Serve(pgclone) as serve:
        serve.ok("take")
        serve.process.stdout.close()
        serve.send("take", "status")
        serve.process.stdin.close()
        serve.process.wait(30)
        serve.process.stdout = serve.process.stdin = None
    assert server.names() == before


def test_serve_says_what_it_cannot_do(server, pgclone):
    with server.unchanged():
        pgclone("serve", "--template", "missing").expect_error(1, '"missing"')
        pgclone("serve", "--no-create").expect_error(2, "create_database")
        pgclone("serve", "--template", "").expect_error(4).has_hint("--template")
