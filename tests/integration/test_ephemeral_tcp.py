"""`run --ephemeral --tcp`: by TCP whoever has the password, from this machine, and nobody else."""

import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from support.ephemeral import environment, ephemeral, postmasters_of, readable_by_others, running


def ask(url, query="SELECT host(inet_server_addr()), current_database()", **other):
    connection = psycopg2.connect(url, connect_timeout=10, **other)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()
    finally:
        connection.close()


def listening(port):
    """The addresses on which somebody listens at this port, as /proc has them."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not os.path.exists(table):
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            address, number = line.split()[1].split(":")
            if line.split()[3] == "0A" and int(number, 16) == int(port):
                found.append(address)
    return found


def files_with(folder, text):
    """The files below the folder in which the text stands; sockets hold none."""
    found = []
    for path in Path(folder).rglob("*"):
        try:
            if path.is_file() and text.encode() in path.read_bytes():
                found.append(str(path))
        except FileNotFoundError:
            pass  # the server removes files at any time
    return found


def command_lines():
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended
    return lines


def folder_of(errors):
    return re.search(r'in "([^"]*/pgclone-ephemeral-[0-9a-f]{16})"', errors).group(1)


@pytest.mark.core
def test_a_driver_without_sockets_gets_in_by_the_url(program, home, server):
    with running(program, home, "--tcp", "--postgres-bindir", server.bindir, "-w", "2") as run:
        given = run.environment
        manifest = json.loads(Path(given["PGCLONE_MANIFEST"]).read_text())
        assert manifest["server_version"] // 10000 == server.major
        urls = [given["PGCLONE_URL_GW0"], given["PGCLONE_URL_GW1"]]
        assert [each["url"] for each in manifest["databases"]] == urls
        for url in urls:
            parts = urlsplit(url)
            assert (parts.hostname, str(parts.port)) == ("127.0.0.1", given["PGPORT"])
            assert (parts.username, parts.password) == ("postgres", given["PGPASSWORD"])
            assert ask(url) == ("127.0.0.1", parts.path[1:])
        assert ask(given["PGCLONE_SERVER"], dbname="postgres") == ("127.0.0.1", "postgres")
        assert given["PGHOST"] == "127.0.0.1" and given["PGUSER"] == "postgres"


@pytest.mark.core
def test_nobody_gets_in_without_the_password(program, home, server):
    with running(program, home, "--tcp", "--postgres-bindir", server.bindir, "-w", "1") as run:
        given = run.environment
        url = given["PGCLONE_URL_GW0"]
        naked = url.replace(":" + given["PGPASSWORD"], "")
        assert naked != url
        with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
            ask(naked, passfile="/dev/null")
        for wrong in ("wrong", given["PGPASSWORD"].upper() + "x", "postgres"):
            with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                ask(naked, password=wrong)
        ask(url, "CREATE ROLE other LOGIN; COMMIT; SELECT 1")
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            ask(naked, user="other", password=given["PGPASSWORD"])
        ask(url, "ALTER ROLE other PASSWORD 'its own'; COMMIT; SELECT 1")
        assert ask(naked, "SELECT current_user", user="other", password="its own") == ("other",)


def test_only_this_machine_can_knock(program, home):
    with running(program, home, "--tcp", "-w", "1") as run:
        assert listening(run.environment["PGPORT"]) == ["0100007F"]
    with running(program, home, "-w", "1") as run:
        assert run.environment["PGHOST"].startswith("/")
        assert run.environment["PGPORT"] == "5432"
        assert "PGPASSWORD" not in run.environment and "PGSSLMODE" not in run.environment


def test_nothing_is_left_of_it(program, home):
    with running(program, home, "--tcp", "-w", "2", "-v") as run:
        port = run.environment["PGPORT"]
        manifest = run.environment["PGCLONE_MANIFEST"]
    folder = folder_of(run.errors)
    assert not os.path.exists(folder) and not os.path.exists(manifest)
    assert not postmasters_of(folder)
    assert listening(port) == []


def test_the_password_is_seen_by_nobody_else(program, home):
    schema = Path(home) / "schema.sql"
    schema.write_text("create table t (id int);\n")
    with running(program, home, "--tcp", "--sql", str(schema), "-w", "2", "-vv") as run:
        password = run.environment["PGPASSWORD"]
        assert re.fullmatch("[0-9a-f]{32}", password)
        lines = command_lines()
        assert any(f"-p\0{run.environment['PGPORT']}\0" in line for line in lines)
        assert not any(password in line for line in lines)
        assert files_with(home, password) == []
        (data,) = ask(run.environment["PGCLONE_URL_GW0"], "SHOW data_directory")
        assert files_with(os.path.dirname(data), password) == []
        assert os.stat(run.environment["PGCLONE_MANIFEST"]).st_mode & 0o077 == 0
        activity = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%SCRAM%' AND pid <> pg_backend_pid()"
        assert ask(run.environment["PGCLONE_URL_GW0"], activity) == (0,)
    assert password not in run.errors
    # The next run gets its data folder from the cache, and a password of its own.
    with running(program, home, "--tcp", "-w", "1", "-v") as again:
        assert again.environment["PGPASSWORD"] != password
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            ask(again.environment["PGCLONE_URL_GW0"], password=password)
    assert "of the cache" in again.errors


def test_the_cache_of_a_run_with_tcp_serves_one_without(program, home):
    assert ephemeral(program, home, "--tcp", "-w", "1", command=["true"]).returncode == 0
    done = ephemeral(program, home, "-v", "-w", "1", command=["sh", "-c", 'psql -XAtc "select 42" "$PGCLONE_URL_GW0"'])
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr
    assert "of the cache" in done.stderr


def test_what_people_read_does_not_show_it(program, home):
    script = """
echo "$PGPASSWORD" >password
"$1" create --name more
"$1" create --name other --template none
"""
    done = ephemeral(program, home, "--tcp", "-w", "1", command=["sh", "-c", script, "sh", program])
    password = (Path(home) / "password").read_text().strip()
    assert re.fullmatch("[0-9a-f]{32}", password)
    assert "postgresql://postgres:***@127.0.0.1:" in done.stdout
    assert '"none"' in done.stderr
    assert password not in done.stdout + done.stderr


def test_two_runs_at_once_do_not_meet(program, home):
    with running(program, home, "--tcp", "-w", "1") as first, running(program, home, "--tcp", "-w", "1") as second:
        one, two = first.environment, second.environment
        assert one["PGPORT"] != two["PGPORT"]
        assert one["PGPASSWORD"] != two["PGPASSWORD"]
        ask(one["PGCLONE_URL_GW0"])
        ask(two["PGCLONE_URL_GW0"])
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            ask(one["PGCLONE_SERVER"], port=two["PGPORT"], dbname="postgres")


# The first server that is to be started finds its port taken by then, and waits until it is.
THIEF = """#!/bin/sh
if [ "$1" = -D ] && mkdir {home}/taken 2>/dev/null; then
    {python} -c '
import os, socket, sys, time
thief = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(os.getpid(), sys.argv[1], file=open("{home}/unfinished", "w"), flush=True)
os.rename("{home}/unfinished", "{home}/thief")
time.sleep(120)
' "$4" >/dev/null 2>&1 &
    while [ ! -e {home}/thief ]; do sleep 0.01; done
fi
exec {bindir}/postgres "$@"
"""


@pytest.mark.core
def test_a_port_that_is_taken_meanwhile_costs_a_try(program, home, server):
    os.chmod(home, 0o777)
    folder = Path(home) / "bin"
    folder.mkdir()
    (folder / "initdb").symlink_to(f"{server.bindir}/initdb")
    (folder / "postgres").write_text(THIEF.format(home=home, python="/usr/bin/python3", bindir=server.bindir))
    (folder / "postgres").chmod(0o755)
    try:
        with running(program, home, "--tcp", "--postgres-bindir", str(folder), "-w", "1", "-v") as run:
            stolen = (Path(home) / "thief").read_text().split()[1]
            assert run.environment["PGPORT"] != stolen
            assert ask(run.environment["PGCLONE_URL_GW0"])[0] == "127.0.0.1"
        assert f"somebody else took port {stolen}" in run.errors
    finally:
        os.kill(int((Path(home) / "thief").read_text().split()[0]), signal.SIGKILL)


def test_another_servers_variables_do_not_reach_in(program, home):
    foreign = {
        "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGUSER": "nobody", "PGPASSWORD": "wrong",
        "PGSSLMODE": "require", "PGSSLNEGOTIATION": "direct", "PGGSSENCMODE": "require",
        "PGCHANNELBINDING": "require", "PGREQUIREAUTH": "password", "PGSERVICE": "none",
    }  # fmt: skip
    with running(program, home, "--tcp", "-w", "1", **foreign) as run:
        assert ask(run.environment["PGCLONE_URL_GW0"])[0] == "127.0.0.1"
        assert run.environment["PGSSLMODE"] == "disable"


def test_copies_and_resets_are_had_by_tcp_too(program, home):
    with running(program, home, "--tcp", "-w", "1") as run:
        url = run.environment["PGCLONE_URL_GW0"]
        ask(url, "CREATE TABLE mine (id int); COMMIT; SELECT 1")
        done = subprocess.run([program, "reset", "gw0"], env=run.environment, cwd=home, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert ask(url, "SELECT to_regclass('mine')") == (None,)
        with socket.socket(socket.AF_UNIX) as asker, asker.makefile("rw") as lines:
            asker.connect(run.environment["PGCLONE_SOCKET"])
            lines.write("take\n")
            lines.flush()
            copy = json.loads(lines.readline())
            assert ask(copy["url"]) == ("127.0.0.1", copy["name"])


def test_the_drivers_name_stays_in_the_urls(program, home):
    with running(program, home, "--tcp", "--server", "postgresql+asyncpg://app@db.example/shop") as run:
        url = run.environment["PGCLONE_URL_GW0"]
        assert url.startswith("postgresql+asyncpg://postgres:")
        assert f"@127.0.0.1:{run.environment['PGPORT']}/shop_" in url and "?" not in url


def test_an_ordinary_user_needs_no_root(program, home):
    readable = readable_by_others(program, home)
    done = ephemeral(readable, home, "--tcp", "-w", "1", user="nobody",
                     command=["sh", "-c", 'psql -XAtc "select 42" "$PGCLONE_URL_GW0"'])  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr


def test_without_a_server_of_its_own_it_is_refused(program, home):
    done = subprocess.run([program, "run", "--tcp", "--", "true"], env=environment(home), cwd=home,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 125
    assert "--tcp goes with --ephemeral" in done.stderr and "hint:" in done.stderr
