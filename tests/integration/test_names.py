"""Odd names, users and passwords."""
import subprocess

import psycopg2
import pytest
from support.server import free_port

ODD = {
    "upper": "UPPER Case",
    "quote": 'say "hi"',
    "apostrophe": "it's",
    "backslash": "back\\slash\\",
    "dots": "a.b..c",
    "percent": "100%s %20 %",
    "url": "a/b?c=d&e#f@g:h",
    "keyword": "dbname='x' host=y",
    "utf8": "żółw 日本 🐢",
    "dollar": "$1 $HOME $$",
    "braces": "{worker} {x}",
    "dash": "--dash",
    "select": "select;--",
    "63 bytes": "x" * 63,
    "63 bytes of utf8": "ż" * 31 + "x",
}
ROWS = "SELECT count(*) FROM book"


def odd(*without):
    return pytest.mark.parametrize(
        "name", [text for key, text in ODD.items() if key not in without],
        ids=[key for key in ODD if key not in without],
    )  # fmt: skip


@odd("braces")
def test_a_database_may_have_any_name(server, pgclone, clone, name):
    made = clone(f"--name={name}")
    assert made.databases == [name]
    with psycopg2.connect(made.urls["gw0"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (name,)
    connection.close()
    clone(f"--name={name}")
    pgclone.ok("drop", f"--name={name}")
    assert name not in server.names()


@odd("63 bytes", "63 bytes of utf8")
def test_a_template_may_have_any_name(server, pgclone, name):
    server.create_database(name, sql_text="CREATE TABLE book (title text)")
    made = pgclone.create(f"--template={name}", "--workers", "2", server=server.url(name))
    assert made.databases == [f"{name}_gw0", f"{name}_gw1"]
    for database in made.databases:
        assert server.value(ROWS, database=database) == 0
    listed = pgclone.ok("list", "--format", "json", f"--template={name}").json["databases"]
    assert sorted(row["name"] for row in listed) == sorted(made.databases)
    pgclone.ok("drop", "--all", f"--template={name}")
    assert not set(made.databases) & server.names()


@odd()
def test_a_63_byte_or_odd_template_with_names_of_its_own(server, pgclone, name):
    server.create_database(name)
    made = pgclone.create(f"--template={name}", "--name", "copy_{worker}")
    assert made.databases == ["copy_gw0"]


@odd()
def test_an_owner_may_have_any_name(server, clone, name):
    server.create_role(name, "NOLOGIN")
    server.run("GRANT {} TO tester", name)
    clone(f"--owner={name}", f"--grant-to={name}")
    assert server.catalog()["circ_gw0"].owner == name


@odd("63 bytes", "63 bytes of utf8")
def test_a_run_id_may_be_any_text(server, pgclone, clone, name):
    made = clone(f"--run-id={name}", "--workers", "2")
    assert made.databases == [f"circ_{name}_gw0", f"circ_{name}_gw1"]
    assert made.json["run_id"] == name
    other = clone("--run-id", "other")
    pgclone.ok("drop", "--template", "circ", f"--run-id={name}")
    assert not set(made.databases) & server.names()
    assert set(other.databases) <= server.names()


def test_a_run_id_of_63_bytes_with_names_that_leave_it_out(server, pgclone, clone):
    made = clone("--run-id", "r" * 63, "--name", "copy_{worker}")
    pgclone.ok("drop", "--template", "circ", "--run-id", "r" * 63)
    assert not set(made.databases) & server.names()


@pytest.mark.parametrize("name", ["x" * 64, "ż" * 32], ids=["64 letters", "64 bytes of UTF-8"])
@pytest.mark.parametrize(
    "flags",
    [["--name={}"], ["--template={}"], ["--owner={}"], ["--grant-to={}"], ["--run-id={}"]],
    ids=["name", "template", "owner", "grant-to", "run-id"],
)
def test_64_bytes_are_refused_before_any_connection(pgclone, flags, name):
    closed = f"postgresql://tester@127.0.0.1:{free_port()}/circ"
    arguments = [flag.format(name) for flag in flags]
    pgclone("create", *arguments, "--wait", "0", server=closed).expect_error(2, "63")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--name", ""],
        ["--name", "{nonsense}_{worker}"],
        ["--name", "{worker"],
        ["--name", "same", "--workers", "2"],
        ["--name", "{base}_{run}_{worker}"],
        ["--name", b"bad\xff"],
        ["--template", b"bad\xff\xfe"],
        ["--name", "line\nfeed"],
        ["--run-id", "tab\tulator"],
    ],
    ids=[
        "empty", "unknown placeholder", "open brace", "two alike", "run unset", "not UTF-8",
        "template not UTF-8", "line feed", "tab",
    ],
)  # fmt: skip
def test_names_that_cannot_work_are_refused_before_any_connection(pgclone, arguments):
    closed = f"postgresql://tester@127.0.0.1:{free_port()}/circ"
    pgclone("create", *arguments, "--wait", "0", server=closed).expect_error(2)


CREDENTIALS = {
    "url characters": ("us er@ex:am/ple?x=1&y#z%", "p@ss:w/o?r=d&#%25 100%"),
    "quotes": ("it's \"me\"\\", "a'b\"c\\d\\'"),
    "utf8": ("użytkownik", "hasło 🔑"),
    "plus and tilde": ("a+b~c", "++~~!$&()*,;=[]{}|^`<>"),
    "spaces": (" lead and trail ", "  two  "),
}


@pytest.fixture(params=CREDENTIALS.values(), ids=CREDENTIALS.keys())
def credentials(request, server):
    user, password = request.param
    server.create_role(user, "LOGIN CREATEDB", password=password)
    server.create_database("odd user's", owner=user, sql_text="CREATE TABLE book (title text)")
    return user, password


def conninfo(**parts):
    """A `key=value` string, quoted as libpq has it."""
    return " ".join(
        "{}='{}'".format(key, str(value).replace("\\", "\\\\").replace("'", "\\'"))
        for key, value in parts.items()
    )


@pytest.mark.parametrize("form", ["url", "keywords", "environment"])
def test_any_user_and_password_reach_the_printed_url(server, pgclone, credentials, form, tmp_path):
    user, password = credentials
    env = {}
    if form == "url":
        configured = server.url("odd user's", user, password, tcp=True, query="connect_timeout=7")
    elif form == "keywords":
        configured = conninfo(
            host="127.0.0.1", port=server.port, user=user, password=password, dbname="odd user's",
            connect_timeout=7,
        )  # fmt: skip
    else:
        configured = None
        env = {
            "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": user,
            "PGPASSWORD": password, "PGDATABASE": "odd user's",
        }  # fmt: skip
    made = pgclone.create("--clone", server=configured, env=env)
    url = made.urls["gw0"]
    assert made.databases == ["odd user's_gw0"]
    assert " " not in url and "'" not in url
    if form != "environment":
        assert "connect_timeout=7" in url

    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == (user, "odd user's_gw0")
    connection.close()
    psql = subprocess.run(
        ["psql", "-X", "-At", "-d", url, "-c", "SELECT current_user"],
        capture_output=True, text=True, env=pgclone.environment(server=None), timeout=20,
    )  # fmt: skip
    assert psql.stdout == user + "\n", psql.stderr
    printed = pgclone.ok("url", "--clone", server=configured, env=env).stdout
    assert printed == url + "\n"
    shown = pgclone.ok("create", "--clone", server=configured, env=env)
    assert "***" in shown.stdout
    for text in (shown.stdout, shown.stderr):
        assert password not in text and url not in text


def test_a_socket_appears_as_host_parameter(server, clone):
    url = clone().urls["gw0"]
    assert f"host={server.socket.replace('/', '%2F')}" in url
    psycopg2.connect(url).close()


def test_a_list_of_hosts_is_kept(server, pgclone):
    configured = (
        f"postgresql://tester:secret%20word@127.0.0.1:1,127.0.0.1:{server.port}/circ"
        "?target_session_attrs=read-write"
    )
    url = pgclone.create("--clone", server=configured).urls["gw0"]
    assert f"127.0.0.1:1,127.0.0.1:{server.port}" in url
    assert "target_session_attrs=read-write" in url
    psycopg2.connect(url).close()
