"""`run --ephemeral` with `build` or --sql: what the template was made from is made once, and kept."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
from support.ephemeral import environment, ephemeral, readable_by_others, running

SCHEMA = "create table shelf (id int primary key, title text);\n" \
         "insert into shelf select g, 'book ' || g from generate_series(1, 100) g;\n"  # fmt: skip
COUNT = "select count(*) from shelf"
WITHOUT_OVERLAY = ["setpriv", "--bounding-set=-sys_admin"]


def counts(workers, then="insert into shelf values (1000)"):
    """A command that prints each worker's rows, and then changes them."""
    urls = " ".join(f'"$PGCLONE_URL_GW{n}"' for n in range(workers))
    return ["sh", "-c", f'for u in {urls}; do psql -XAtc "{COUNT}" "$u" && psql -Xqc "{then}" "$u"; done']


def load(program, home, *arguments, workers=2, rows=100, **other):
    """Runs with the schema of the home; whether its databases had been kept."""
    done = ephemeral(program, home, "-v", "--sql", f"{home}/schema.sql", "-w", str(workers), *arguments,
                     command=counts(workers), **other)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(rows)] * workers, done.stderr
    return "with its databases" in done.stderr


@pytest.fixture
def schema(home):
    path = Path(home, "schema.sql")
    path.write_text(SCHEMA)
    return path


def entries(home):
    return sorted(Path(home, "cache", "pgclone").glob("postgresql-*-*-*-*"))


def bases(entry):
    return len(list((entry / "data" / "base").iterdir()))


@pytest.mark.core
def test_a_schema_is_loaded_once(program, home, schema, server):
    bindir = ["--postgres-bindir", server.bindir]
    assert not load(program, home, *bindir)
    for _ in range(3):
        assert load(program, home, *bindir)
    # More workers, or fewer, find the same template.
    assert load(program, home, *bindir, workers=5)
    assert load(program, home, *bindir, workers=1)
    assert load(program, home, *bindir, "--owner", "postgres")
    assert len(entries(home)) == 1


def test_what_counts_is_the_content(program, home, schema):
    assert not load(program, home)
    os.utime(schema, (1, 1))
    schema.chmod(0o600)
    assert load(program, home)
    schema.write_text(SCHEMA.replace("100", "101"))
    assert not load(program, home, rows=101)
    assert load(program, home, rows=101)
    schema.write_text(SCHEMA)
    assert load(program, home)
    assert not load(program, home, "--template", "other")
    more = Path(home, "more.sql")
    more.write_text("insert into shelf values (0);\n")
    assert not load(program, home, "--sql", str(more), rows=101)
    assert load(program, home, "--sql", str(more), rows=101)


def test_a_schema_that_reads_other_files_is_loaded_each_time(program, home, schema):
    Path(home, "part.sql").write_text(SCHEMA)
    schema.write_text("\\ir part.sql\n")
    assert not load(program, home)
    Path(home, "part.sql").write_text(SCHEMA.replace("100", "7"))
    assert not load(program, home, rows=7)
    assert not entries(home)


def test_a_schema_from_a_pipe_is_loaded_each_time(program, home):
    os.mkfifo(f"{home}/schema.sql")
    for _ in range(2):
        writer = subprocess.Popen(["sh", "-c", 'cat >"$1"', "sh", f"{home}/schema.sql"],
                                  stdin=subprocess.PIPE, text=True)  # fmt: skip
        writer.stdin.write(SCHEMA)
        writer.stdin.close()
        try:
            assert not load(program, home)
        finally:
            writer.kill()
            writer.wait()
    assert not entries(home)


def test_serial_runs_change_their_own_database_only(program, home, schema):
    command = ["sh", "-c", f'psql -XAtc "{COUNT}" "$PGCLONE_SERVER" && '
               'psql -Xqc "drop table shelf" "$PGCLONE_SERVER"']  # fmt: skip
    kept = []
    for _ in range(3):
        done = ephemeral(program, home, "-v", "--no-create", "--sql", str(schema), command=command)
        assert (done.returncode, done.stdout.strip()) == (0, "100"), done.stderr
        kept.append("with its databases" in done.stderr)
    assert kept == [False, True, True]


def test_copies_are_kept_only_where_they_cost_nothing(program, home, schema):
    if os.geteuid() != 0:
        pytest.skip("only root can give up the right to mount")
    assert not load(program, home, by=WITHOUT_OVERLAY)
    (entry,) = entries(home)
    assert bases(entry) == 4  # PostgreSQL's three, and the template
    assert load(program, home, by=WITHOUT_OVERLAY)
    shutil.rmtree(Path(home, "cache"))
    assert not load(program, home)
    (entry,) = entries(home)
    assert bases(entry) == 6
    assert load(program, home)
    assert load(program, home, by=WITHOUT_OVERLAY)


def test_an_ordinary_users_schema_is_loaded_once(program, home, schema):
    readable = readable_by_others(program, home)
    assert not load(readable, home, user="nobody")
    assert load(readable, home, user="nobody")


def test_no_cache_no_keeping(program, home, schema):
    for _ in range(2):
        assert not load(program, home, PGCLONE_CACHE_SIZE="0")
    assert not Path(home, "cache").exists()
    for _ in range(2):
        assert not load(program, home, PGCLONE_CACHE_SIZE="35MB")
    assert not entries(home)


def test_nobody_gets_in_by_the_password_of_the_run_that_was_kept(program, home, schema):
    passwords = []
    for turn in range(3):
        with running(program, home, "--tcp", "--sql", str(schema), "-w", "1", "-v") as run:
            url = run.environment["PGCLONE_URL_GW0"]
            assert run.environment["PGPORT"] in url
            with psycopg2.connect(url) as connection, connection.cursor() as cursor:
                cursor.execute(COUNT)
                assert cursor.fetchone() == (100,)
            connection.close()
            for password in passwords:
                with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                    psycopg2.connect(url, password=password)
            passwords.append(run.environment["PGPASSWORD"])
        assert ("with its databases" in run.errors) == (turn > 0)
    assert len(set(passwords)) == 3
    # Nor do those who come without TCP.
    assert load(program, home)


def test_damage_and_what_was_dropped(program, home, schema):
    assert not load(program, home)
    (entry,) = entries(home)
    victim = max((entry / "data" / "base").rglob("*"), key=lambda path: path.stat().st_size)
    os.truncate(victim, 0)
    assert not load(program, home)
    assert load(program, home)
    shutil.rmtree(entry)
    assert not load(program, home)


def test_killed_at_any_moment_of_the_first_run(program, home, schema):
    begun = time.monotonic()
    assert not load(program, home)
    usual = time.monotonic() - begun
    for moment in range(1, 6):
        shutil.rmtree(Path(home, "cache"))
        process = subprocess.Popen(
            [program, "run", "--ephemeral", "--sql", str(schema), "-w", "2", "--", "true"],
            env=environment(home), cwd=home, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(usual * moment / 5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        load(program, home)
        assert load(program, home)


def test_first_runs_side_by_side(program, home, schema):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: load(program, home), range(4)))
    load(program, home)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: load(program, home), range(4)))


def test_copies_that_are_left_are_shown_as_spares(program, home, schema):
    assert not load(program, home, workers=3)
    done = ephemeral(program, home, "--sql", str(schema), "-w", "1",
                     command=["sh", "-c", f'"{program}" list --every-project --format json'])  # fmt: skip
    assert done.returncode == 0, done.stderr
    states = sorted(each["state"] for each in json.loads(done.stdout)["databases"])
    assert states == ["held", "spare", "spare"], done.stdout


# ------------------------------------------------------------------------------------------- build

BUILD = """
template: shop
build:
  sql: [schema.sql]
  command: echo built >>builds && psql -qc "insert into shelf values (0)"
  inputs: [input]
"""


def build(program, home, *arguments, workers=2, rows=101, **other):
    """Runs in the project of the home; how often it has been built until then, and what -v said."""
    done = ephemeral(program, home, "-v", "-w", str(workers), *arguments, command=counts(workers),
                     **other)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(rows)] * workers, done.stderr
    return len(Path(home, "builds").read_text().splitlines()), done.stderr


@pytest.fixture
def project(home, schema):
    Path(home, "pgclone.yaml").write_text(BUILD)
    Path(home, "input").mkdir()
    Path(home, "input", "1.txt").write_text("one\n")
    return Path(home)


@pytest.mark.core
def test_a_template_is_built_once(program, home, project, server):
    bindir = ["--postgres-bindir", server.bindir]
    for turn in range(3):
        built, said = build(program, home, *bindir)
        assert built == 1, said
        assert ("with its databases" in said) == (turn > 0)
    assert build(program, home, *bindir, workers=4)[0] == 1
    Path(home, "input", "1.txt").write_text("two\n")
    assert build(program, home, *bindir)[0] == 2
    assert build(program, home, *bindir)[0] == 2
    Path(home, "input", "1.txt").write_text("one\n")
    assert build(program, home, *bindir)[0] == 2


def test_a_template_is_built_by_tcp(program, home, project):
    assert build(program, home, "--tcp")[0] == 1
    assert build(program, home, "--tcp")[0] == 1
    assert build(program, home)[0] == 1


def test_a_command_that_changes_its_inputs(program, home, project):
    """What it was built from is not what is there: it is built again, and what is kept is right."""
    changes = BUILD.replace("echo built", "echo more >input/2.txt && echo built")
    Path(home, "pgclone.yaml").write_text(changes)
    assert build(program, home)[0] == 2
    assert build(program, home)[0] in (2, 3)
    built, said = build(program, home)
    assert built in (2, 3) and "with its databases" in said


def test_a_build_that_fails_leaves_nothing(program, home, project):
    Path(home, "pgclone.yaml").write_text(BUILD.replace("echo built", "exit 3; echo built"))
    done = ephemeral(program, home, command=["true"])
    assert done.returncode == 125
    assert "exited with status 3" in done.stderr, done.stderr
    assert not entries(home)


def test_a_file_that_is_missing_is_told_before_anything_is_started(program, home, project):
    Path(home, "schema.sql").unlink()
    done = ephemeral(program, home, "-v", command=["true"])
    assert done.returncode == 125
    assert re.search(r"pgclone\.yaml:3: build\.sql: could not read \"schema.sql\"", done.stderr), done.stderr
    assert "throw-away server" not in done.stderr


def test_only_one_of_them_fills_the_template(program, home, project):
    done = ephemeral(program, home, "--sql", "schema.sql", command=["true"])
    assert done.returncode == 125
    assert "--sql fills the template, and so does pgclone.yaml:3: build" in done.stderr
