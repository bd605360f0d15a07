"""Each trouble ends with its exit code and a message that says what to do; nothing is left behind."""
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.proxy import StartingServer
from support.server import free_port, url_for
from support.waiting import wait_for_statement

ROWS = "SELECT count(*) FROM book"


@pytest.mark.core
def test_a_role_without_createdb(server, pgclone):
    server.create_role("reader")
    with server.unchanged():
        for flags in ([], ["--clone"]):
            pgclone("create", *flags, server=server.url("circ", "reader")).expect_error(
                6, "reader"
            ).has_hint("CREATEDB")


@pytest.mark.core
def test_a_role_that_does_not_own_the_template(server, pgclone):
    server.create_role("maker", "LOGIN CREATEDB")
    with server.unchanged():
        result = pgclone("create", "--clone", server=server.url("circ", "maker"))
    result.expect_error(6, '"circ"').has_hint("ALTER DATABASE", "OWNER TO", "IS_TEMPLATE")


@pytest.mark.core
def test_an_is_template_database_may_be_cloned_by_who_does_not_own_it(server, pgclone):
    server.create_role("maker", "LOGIN CREATEDB")
    server.create_database("golden", sql_text="CREATE TABLE book (title text)")
    server.run("ALTER DATABASE golden IS_TEMPLATE true")
    made = pgclone.create("--template", "golden", server=server.url("golden", "maker"))
    assert server.value(ROWS, database=made.databases[0]) == 0


@pytest.mark.core
def test_a_missing_template(server, pgclone):
    with server.unchanged():
        pgclone("create", "--template", "crcx", "-w", "3").expect_error(1, '"crcx"').has_hint()


@pytest.mark.core
def test_a_missing_maintenance_database(server, pgclone):
    with server.unchanged():
        result = pgclone("create", "--template", "circ", "--maintenance-database", "nowhere")
    result.expect_error(result.code, '"nowhere"').has_hint("--maintenance-database")
    assert result.code in (1, 3)


@pytest.mark.core
def test_a_sealed_template_can_be_cloned(server, pgclone):
    server.create_database("sealed", sql_text="CREATE TABLE book (title text)")
    server.run("ALTER DATABASE sealed ALLOW_CONNECTIONS false")
    made = pgclone.create("--template", "sealed", "-w", "2")
    for name in made.databases:
        assert server.value(ROWS, database=name) == 0
        assert server.catalog()[name].allows_connections


@pytest.mark.core
def test_an_invalid_template(server, pgclone):
    server.create_database("broken")
    server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'")
    with server.unchanged():
        pgclone("create", "--template", "broken").expect_error(1, '"broken"').has_hint()


@pytest.mark.core
def test_an_invalid_database_of_ours_is_replaced(server, clone):
    clone()
    server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'circ_gw0'")
    clone()
    assert server.value(ROWS, database="circ_gw0") == 5


def test_an_invalid_database_of_ours_is_not_kept(server, pgclone, clone):
    clone()
    server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'circ_gw0'")
    result = pgclone("create", "--template", "circ", "--existing", "keep")
    if result.code == 0:
        assert server.value(ROWS, database="circ_gw0") == 5
    else:
        result.expect(result.code, '"circ_gw0"')


def test_an_invalid_database_of_somebody_else_is_left_alone(server, pgclone):
    server.create_database("circ_gw0")
    server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'circ_gw0'")
    with server.unchanged():
        pgclone("create", "--template", "circ").expect_error(4, '"circ_gw0"')


# Connections


@pytest.mark.parametrize("arguments", [["create"], ["drop", "--all"], ["list"]])
def test_a_wrong_port(pgclone, arguments):
    port = free_port()
    url = f"postgresql://tester@127.0.0.1:{port}/circ"
    started = time.monotonic()
    result = pgclone(*arguments, "--wait", "1", server=url)
    result.expect_error(3, str(port)).has_hint()
    assert time.monotonic() - started < 5


def test_a_host_that_does_not_exist(pgclone):
    url = "postgresql://tester@no-such-host.invalid/circ"
    pgclone("create", "--wait", "1", server=url).expect_error(3, "no-such-host.invalid")


def test_a_socket_folder_that_does_not_exist(pgclone, tmp_path):
    url = url_for("tester", "circ", host=str(tmp_path / "none"))
    pgclone("create", "--wait", "1", server=url).expect_error(3, str(tmp_path / "none")).has_hint()


@pytest.mark.core
def test_a_wrong_password(server, pgclone):
    url = server.url("circ", password="wr0ng-pass", tcp=True)
    started = time.monotonic()
    result = pgclone("create", "--clone", "--wait", "20", server=url)
    result.expect_error(3, "tester").has_hint()
    assert "wr0ng-pass" not in result.stderr
    assert time.monotonic() - started < 5, "a wrong password does not get better by waiting"


def test_no_password_where_one_is_needed(server, pgclone):
    url = server.url("circ", tcp=True)
    pgclone("create", "--clone", "--wait", "1", server=url).expect_error(3).has_hint("PGPASSWORD")


def test_a_role_that_does_not_exist(server, pgclone):
    pgclone("create", "--clone", server=server.url("circ", "nobody")).expect_error(3, '"nobody"')


@pytest.mark.core
def test_a_server_that_is_starting_is_waited_for(server, pgclone):
    with StartingServer(server.port, refusals=3) as proxy:
        url = url_for("tester", "circ", host="127.0.0.1", port=proxy.port, password="secret word")
        made = pgclone.create("--clone", "-w", "2", "--wait", "20", server=url)
    assert proxy.refused == 3
    assert len(made.databases) == 2


@pytest.mark.core
def test_a_server_that_keeps_starting_ends_with_3_after_the_wait(server, pgclone):
    with StartingServer(server.port, refusals=None) as proxy:
        url = url_for("tester", "circ", host="127.0.0.1", port=proxy.port, password="secret word")
        started = time.monotonic()
        result = pgclone("create", "--clone", "--wait", "1", server=url)
        took = time.monotonic() - started
    result.expect_error(3, "starting up")
    assert 0.5 < took < 4, f"gave up after {took:.1f} s of 1"
    assert 1 < proxy.refused < 60, "tries again, with pauses"


@pytest.mark.core
def test_a_server_that_accepts_and_says_nothing(pgclone):
    """A deadline of its own: connect_timeout is not honoured by the asynchronous calls."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://tester@127.0.0.1:{port}/circ?connect_timeout=2"
        started = time.monotonic()
        pgclone("create", "--wait", "0", server=url).expect_error(3, str(port))
        assert time.monotonic() - started < 8


def test_max_connections_reached_ends_with_3_and_leaves_nothing(own_server, pgclone):
    server = own_server(max_connections=6, superuser_reserved_connections=1, max_wal_senders=0)
    sessions = []
    try:
        for _ in range(5):
            sessions.append(server.connect("postgres", "tester"))
        result = pgclone(
            "create", "--clone", "-w", "4", "-j", "4", "--wait", "1", server=server.url("circ")
        )
        result.expect_error(3, "connection").has_hint()
    finally:
        for session in sessions:
            session.close()
    assert not [name for name in server.names() if "gw" in name or "scratch" in name]


@pytest.mark.core
def test_a_roles_connection_limit_reached_ends_with_3(server, pgclone):
    server.create_role("few", "LOGIN CREATEDB CONNECTION LIMIT 1")
    server.create_database("theirs", owner="few")
    with server.session(user="few"):
        result = pgclone(
            "create", "--clone", "-w", "3", "--wait", "1", server=server.url("theirs", "few")
        )
    result.expect_error(3, "few").has_hint()


def test_fewer_connections_than_jobs_are_enough(own_server, pgclone):
    """Where only two connections are free, 8 jobs go through those two."""
    server = own_server(max_connections=8, superuser_reserved_connections=1, max_wal_senders=0)
    sessions = [server.connect("postgres", "tester") for _ in range(4)]
    try:
        made = pgclone.create(
            "--clone", "-w", "12", "-j", "8", "--wait", "20", server=server.url("circ"), timeout=90
        )
    finally:
        for session in sessions:
            session.close()
    assert len(made.databases) == 12
    assert set(made.databases) <= server.names()


def test_creates_at_once_that_each_want_all_connections_all_get_done(own_server, pgclone):
    """Copies of files go over as many connections as are free, and those who look at the same time
    count the same ones: together they want more than there are."""
    server = own_server(
        fsync="on", max_connections=16, superuser_reserved_connections=1, max_wal_senders=0
    )
    with ThreadPoolExecutor(4) as pool:
        made = pool.map(
            lambda run: pgclone(
                "create", "--template", "circ", "-w", "20", "--strategy", "file_copy", "--run-id", run,
                "--format", "json", server=server.url("circ"), timeout=90,
            ),
            ("one", "two", "three", "four"),
        )  # fmt: skip
    for result in made:
        result.expect(0)
        assert len(result.databases) == 20
        assert set(result.databases) <= server.names()


@pytest.mark.core
def test_connections_cut_in_mid_create_end_with_3_and_leave_nothing(server, pgclone, large_template):
    before = server.names()
    process = pgclone.start("create", "--template", large_template, "-w", "4", "-j", "2")
    wait_for_statement(server, "CREATE DATABASE")
    server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tester'"
        " AND query LIKE 'CREATE DATABASE%'"
    )
    result = pgclone.finish(process, 60)
    result.expect_error(3, "lost", "connection")
    assert server.names() == before


def test_a_server_stopped_in_mid_create_ends_with_3(own_server, pgclone):
    server = own_server()
    server.create_database("large", "tester")
    server.query(
        "CREATE TABLE filler AS SELECT g, repeat(md5(g::text), 30) AS text"
        " FROM generate_series(1, 90000) g",
        database="large", user="tester",
    )  # fmt: skip
    process = pgclone.start(
        "create", "--template", "large", "-w", "4", "--wait", "2", server=server.url("circ")
    )
    wait_for_statement(server, "CREATE DATABASE")
    server.stop()
    pgclone.finish(process, 60).expect_error(3)


@pytest.mark.core
def test_messages_are_told_apart_by_code_in_any_language(own_server, pgclone):
    """Whatever lc_messages says: decisions are made by SQLSTATE."""
    server = own_server(lc_messages="de_DE.UTF-8") if locale_exists("de_DE.utf8") else own_server()
    with server.session("circ", "tester"):
        pgclone("create", "--clone", "--wait", "1", server=server.url("circ")).expect_error(5)
    pgclone("create", "--template", "none", server=server.url("circ")).expect_error(1, "none")


def locale_exists(name):
    return name in subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()


@pytest.mark.core
def test_two_creates_of_the_same_names_at_once_end_with_whole_databases(server, pgclone):
    """Whoever wins: every name is marked and complete, and nobody leaves scratch databases."""
    results = []

    def create():
        results.append(pgclone("create", "--template", "circ", "-w", "6"))

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(result.code == 0 for result in results), "\n".join(map(str, results))
    comments = server.comments()
    for number in range(6):
        assert comments[f"circ_gw{number}"].startswith("pgclone:{")
        assert server.value(ROWS, database=f"circ_gw{number}") == 5
