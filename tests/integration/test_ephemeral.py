"""`run --ephemeral`: no server is needed, and nothing of the one it starts is left behind."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from support.ephemeral import environment, ephemeral, postmasters_of, readable_by_others

PROJECT = Path(__file__).resolve().parents[2]
SCHEMA = PROJECT / "docs" / "quickstart" / "schema.sql"


def test_four_clones_of_a_schema_from_nothing(program, home):
    script = 'for u in "$PGCLONE_URL_GW0" "$PGCLONE_URL_GW3"; do ' \
             'psql -XAtc "select count(*) > 20 from pg_tables where schemaname = \'public\'" "$u"; done; ' \
             'echo "$PGHOST"; exit 7'
    done = ephemeral(program, home, "--sql", str(SCHEMA), "-w", "4", command=["sh", "-c", script])
    assert done.returncode == 7, done.stderr
    first, second, host = done.stdout.split()
    assert (first, second) == ("t", "t")
    assert not os.path.exists(os.path.dirname(host)), "the server's folder is left"
    assert not postmasters_of(os.path.dirname(host))


def test_an_ordinary_user_needs_no_root(program, home):
    readable = readable_by_others(program, home)
    schema = shutil.copy(SCHEMA, f"{home}/schema.sql")
    done = ephemeral(readable, home, "--sql", schema, "-w", "4",
                     command=["sh", "-c", 'psql -XAtc "select 42" "$PGCLONE_URL_GW2"'], user="nobody")
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr


def test_the_configured_drivers_name_stays_in_the_urls(program, home):
    done = ephemeral(program, home, "--server", "postgresql+asyncpg://app@db.example/shop",
                     command=["sh", "-c", 'echo "$PGCLONE_URL_GW0"'])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("postgresql+asyncpg://") and "@/shop_" in done.stdout


def test_a_mistake_in_the_sql_names_file_and_line(program, home):
    broken = Path(home) / "broken.sql"
    broken.write_text("create table a (id int);\ncreate tabel b;\n")
    done = ephemeral(program, home, "--sql", str(broken), command=["true"])
    assert done.returncode == 125
    assert "broken.sql:2" in done.stderr


def test_a_wrong_bindir_is_named(program, home):
    done = ephemeral(program, home, "--postgres-bindir", home, command=["true"])
    assert done.returncode == 125
    assert "--postgres-bindir" in done.stderr


def test_options_that_make_no_sense_are_refused(program, home):
    for arguments in (["--ephemeral", "--keep"], ["--sql", str(SCHEMA)]):
        done = subprocess.run([program, "run", *arguments, "--", "true"], env=environment(home),
                              cwd=home, capture_output=True, text=True)
        assert done.returncode == 125, done.stderr
        assert "hint:" in done.stderr or "nothing" in done.stderr


def test_killed_outright_it_leaves_no_server_and_the_next_run_no_folder(program, home):
    running = subprocess.Popen(
        [program, "run", "--ephemeral", "-w", "2", "--", "sh", "-c", 'echo "$PGHOST"; exec sleep 60'],
        env=environment(home), cwd=home, stdout=subprocess.PIPE, text=True)
    folder = os.path.dirname(running.stdout.readline().strip())
    sleeper = subprocess.run(["pgrep", "-P", str(running.pid), "sleep"], capture_output=True, text=True)
    assert postmasters_of(folder)
    running.send_signal(signal.SIGKILL)
    running.wait()
    deadline = time.monotonic() + 2
    while postmasters_of(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not postmasters_of(folder)
    assert ephemeral(program, home, "-w", "1", command=["true"]).returncode == 0
    assert not os.path.exists(folder)
    for pid in sleeper.stdout.split():
        os.kill(int(pid), signal.SIGKILL)


def test_a_create_inside_goes_with_the_server(program, home):
    """For a server outside it is a plain create."""
    script = f"{program} create --no-clone --name 'more_{{worker}}' -w 2 -v && {program} list --format json"
    done = ephemeral(program, home, "-w", "1", command=["sh", "-c", script])
    assert done.returncode == 0, done.stderr
    assert "the databases belong to the run" in done.stderr, done.stderr
    assert '"more_gw1"' in done.stdout and '"held"' in done.stdout and '"ready"' not in done.stdout
    assert "warning" not in done.stderr, done.stderr
