"""The cache of `run --ephemeral`: shown by an overlay, else copied; never trusted, never in the way."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.ephemeral import environment, ephemeral, postmasters_of, readable_by_others, running
from support.machine import unavailable

CHECK = ["sh", "-c", 'psql -XAtc "select count(*) from pg_class" "$PGCLONE_URL_GW0" >/dev/null && echo well']
# Runs a command where all users are there, but nobody can make a user namespace.
WITHOUT_NAMESPACES = """
import ctypes, os, sys
readable, writable = os.pipe()
parent = os.getpid()
if os.fork() == 0:
    os.read(readable, 1)
    for kind in ("uid", "gid"):
        with open(f"/proc/{parent}/{kind}_map", "w") as file:
            file.write("0 0 65536")
    os._exit(0)
if ctypes.CDLL(None).unshare(0x10000000) != 0:  # CLONE_NEWUSER
    sys.exit("no user namespace")
os.write(writable, b"x")
if os.wait()[1] != 0:
    sys.exit("no map")
with open("/proc/sys/user/max_user_namespaces", "w") as file:
    file.write("0")
os.execvp(sys.argv[1], sys.argv[1:])
"""
OVERLAY, COPY, INITDB = "on an overlay of the cache", "on a copy of the cache", "by initdb"


seen = []  # the folders of all servers that told of them; others' tests have some, too


@pytest.fixture(autouse=True)
def nothing_is_left():
    """No folder, no mount and no process of a throw-away server, whatever the test did."""
    yield
    while seen:
        folder = seen.pop()
        assert not os.path.exists(folder)
        assert not postmasters_of(folder)
        assert folder not in Path("/proc/self/mountinfo").read_text()


def way_of(done):
    """How the server came to its data, as -v has it."""
    assert (done.returncode, done.stdout.strip()) == (0, "well"), done.stderr
    folder, way = re.search(r'in "([^"]*)", (.*), started in', done.stderr).groups()
    seen.append(folder)
    return way


def start(program, home, **other):
    return way_of(ephemeral(program, home, "-v", command=CHECK, **other))


def entry_of(home):
    (entry,) = Path(home, "cache", "pgclone").glob("postgresql-*")
    return entry


def need_root():
    if os.geteuid() != 0:
        pytest.skip("only root can do this")


@pytest.mark.core
def test_root_finds_an_overlay_and_the_cache_stays_as_it_is(program, home, server):
    need_root()
    bindir = ["--postgres-bindir", server.bindir]

    def go(*script):
        return way_of(ephemeral(program, home, "-v", "-w", "2", *bindir, command=[*script]))

    def state():
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size)
                for path in entry_of(home).rglob("*") if path.is_file()}  # fmt: skip

    assert go(*CHECK) == INITDB
    before = state()
    writes = "create table t as select generate_series(1, 1000) g; checkpoint; drop table t; vacuum full"
    for _ in range(2):
        script = f'for u in "$PGCLONE_URL_GW0" "$PGCLONE_URL_GW1"; do ' \
                 f'for q in {" ".join(repr(q.strip()) for q in writes.split(";"))}; do ' \
                 f'psql -Xqc "$q" "$u" || exit; done; done; echo well'  # fmt: skip
        assert go("sh", "-c", script) == OVERLAY
    assert state() == before


def test_an_ordinary_user_finds_an_overlay_or_a_copy(program, home):
    readable = readable_by_others(program, home)
    probe = ["unshare", "--user", "--map-root-user", "--mount", "true"]
    allowed = subprocess.run(["runuser", "-u", "nobody", "--", *probe], capture_output=True)
    assert start(readable, home, user="nobody") == INITDB
    way = start(readable, home, user="nobody")
    assert way in (OVERLAY, COPY)
    # A kernel older than 5.11 has no overlays there.
    if allowed.returncode == 0 and tuple(map(int, os.uname().release.split(".")[:2])) >= (5, 11):
        assert way == OVERLAY


def test_root_without_the_right_to_mount_copies(program, home):
    """As in a container."""
    need_root()
    by = ["setpriv", "--bounding-set=-sys_admin"]
    assert start(program, home, by=by) == INITDB
    done = ephemeral(program, home, "-v", command=CHECK, by=by)
    assert way_of(done) == COPY
    assert "not on an overlay of the cache: could not make a mount namespace" in done.stderr
    assert ephemeral(program, home, command=CHECK, by=by).stderr == ""
    assert start(program, home) == OVERLAY


def test_where_users_may_make_no_namespaces_it_is_copied(program, home):
    readable = readable_by_others(program, home)
    by = [sys.executable, "-c", WITHOUT_NAMESPACES]
    if subprocess.run([*by, "true"], capture_output=True).returncode != 0:
        unavailable("no namespace can be made in which none can be made")
    assert start(readable, home, by=by, user="nobody") == INITDB
    done = ephemeral(readable, home, "-v", command=CHECK, by=by, user="nobody")
    assert way_of(done) == COPY
    assert "could not make a mount namespace" in done.stderr


def damage_by_removal(entry):
    next((entry / "data" / "base" / "1").glob("1259")).unlink()


def damage_by_truncation(entry):
    with open(entry / "data" / "base" / "1" / "1249", "r+b") as file:
        file.truncate(8192)


def damage_by_writing(entry):
    time.sleep(1.1)  # times are compared by the second
    with open(entry / "data" / "global" / "pg_control", "r+b") as file:
        file.write(b"garbage!")


def damage_that_keeps_all_times(entry):
    """What is stored cannot tell; but the server does, since the checksum is wrong."""
    control = entry / "data" / "global" / "pg_control"
    found = control.stat()
    with open(control, "r+b") as file:
        file.seek(16)
        file.write(b"garbage!")
    os.utime(control, ns=(found.st_atime_ns, found.st_mtime_ns))


def damage_to_the_state(entry):
    os.truncate(entry / "state", 10)


def damage_by_losing_folders(entry):
    shutil.rmtree(entry / "data" / "pg_wal")


@pytest.mark.parametrize("damage", [
    damage_by_removal, damage_by_truncation, damage_by_writing, damage_that_keeps_all_times,
    damage_to_the_state, damage_by_losing_folders])  # fmt: skip
def test_a_damaged_entry_is_made_anew(program, home, damage):
    start(program, home)
    damage(entry_of(home))
    assert start(program, home) == INITDB
    assert start(program, home) in (OVERLAY, COPY)


def test_killed_at_any_moment_of_the_first_run(program, home):
    """The next one starts, and what the killed one has left is gone or made good."""
    begun = time.monotonic()
    assert start(program, home) == INITDB
    usual = time.monotonic() - begun
    for moment in range(1, 9):
        shutil.rmtree(Path(home, "cache"))
        running = subprocess.Popen([program, "run", "--ephemeral", "--", "true"],
                                   env=environment(home), cwd=home, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(usual * moment / 8)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert start(program, home) in (OVERLAY, COPY, INITDB)
        assert start(program, home) in (OVERLAY, COPY)
        assert not Path(home, "cache", "pgclone", "unfinished").exists()


def test_killed_while_it_runs_on_an_overlay(program, home):
    start(program, home)
    process = subprocess.Popen(
        [program, "run", "--ephemeral", "--", "sh", "-c", 'echo "$PGHOST $$"; exec sleep 60'],
        env=environment(home), cwd=home, stdout=subprocess.PIPE, text=True)  # fmt: skip
    host, command = process.stdout.readline().split()
    folder = os.path.dirname(host)
    assert postmasters_of(folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.kill(int(command), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while postmasters_of(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not postmasters_of(folder)
    assert start(program, home) in (OVERLAY, COPY)
    assert not os.path.exists(folder)


def test_runs_side_by_side(program, home):
    """All find a server, the first ones and those after them; one has stored what it made."""
    for _ in range(2):
        with ThreadPoolExecutor(4) as pool:
            ways = list(pool.map(lambda _: start(program, home), range(4)))
        assert set(ways) <= {OVERLAY, COPY, INITDB}
    assert start(program, home) in (OVERLAY, COPY)
    assert entry_of(home)


def test_what_a_run_works_on_is_not_removed(program, home):
    """Another version's entry needs the room, but the oldest one is in use."""
    start(program, home)
    old = entry_of(home)
    with running(program, home) as run:
        other = shutil.copytree("/usr/lib/postgresql", f"{home}/programs", symlinks=True)
        bindir = next(Path(other).glob("*/bin"))
        os.chmod(home, 0o755)
        done = ephemeral(program, home, "-v", "--postgres-bindir", str(bindir), command=CHECK,
                         PGCLONE_CACHE_SIZE="40MB")  # fmt: skip
        assert way_of(done) == INITDB
        assert "PGCLONE_CACHE_SIZE leaves no room" in done.stderr
        assert old.exists()
        asked = subprocess.run(["psql", "-XAtc", "select count(*) > 0 from pg_proc"],
                               env=run.environment, capture_output=True, text=True)  # fmt: skip
        assert asked.stdout == "t\n", asked.stderr
    done = ephemeral(program, home, "-v", "--postgres-bindir", str(bindir), command=CHECK,
                     PGCLONE_CACHE_SIZE="40MB")  # fmt: skip
    assert way_of(done) == INITDB and "leaves no room" not in done.stderr
    assert not old.exists()
    assert entry_of(home)


def test_the_caches_size(program, home):
    assert start(program, home, PGCLONE_CACHE_SIZE="0") == INITDB
    assert not Path(home, "cache").exists()
    assert start(program, home, PGCLONE_CACHE_SIZE="20MB") == INITDB
    assert not list(Path(home, "cache", "pgclone").glob("postgresql-*"))
    done = ephemeral(program, home, command=CHECK, PGCLONE_CACHE_SIZE="20")
    assert done.returncode == 125
    assert 'PGCLONE_CACHE_SIZE: "20" is not a size' in done.stderr and "500MB" in done.stderr


def test_only_the_caller_gets_to_what_is_kept(program, home):
    need_root()
    start(program, home)
    entry = entry_of(home)
    assert entry.stat().st_uid == 0 and entry.stat().st_mode & 0o7777 == 0o700
    assert entry.parent.stat().st_mode & 0o7777 == 0o700
    owners = {path.stat().st_uid for path in (entry / "data").rglob("*")}
    assert len(owners) == 1 and 0 not in owners
