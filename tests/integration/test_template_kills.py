"""A builder that is killed or interrupted: no half template is ever seen, and the next call builds."""
import os
import random
import signal
import time

import pytest
from support.project import LAST, MIGRATE, SCHEMA, kill, watched
from support.waiting import wait_for

pytestmark = pytest.mark.core
KILLS = int(os.environ.get("PGCLONE_TEMPLATE_KILLS", "10"))
SEED = int(os.environ.get("PGCLONE_TEMPLATE_SEED", "0")) or random.randrange(1 << 30)
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
# A migration takes a while, in sessions of its own; the last thing that it makes says that it is whole.
SLOW = MIGRATE + "psql -Xqc 'SELECT pg_sleep(0.1)' >/dev/null\nsleep 0.05\n" + LAST
HELD = MIGRATE + "touch began; while ! test -e go; do sleep 0.02; done\n" + LAST
WHOLE = "SELECT count(*) FROM whole"


def scratches(server):
    return [name for name in server.names() if name.startswith("pgclone_scratch_")]


def forget(project):
    for name in project.templates():
        project.ok("drop", "--name", name)


def build_time(project):
    """How long a create with a build takes that nobody disturbs: the longest of three."""
    longest = 0
    for _ in range(3):
        forget(project)
        started = time.monotonic()
        project.ok("create")
        longest = max(longest, time.monotonic() - started)
    return longest


@pytest.mark.leaves_scratch
@pytest.mark.parametrize(
    "migrate, force", [(SLOW, []), (SLOW, ["--force"]), (MIGRATE + LAST, [])], ids=["slow", "force", "quick"]
)
def test_a_builder_that_is_killed_at_any_moment_leaves_no_half_template(server, project, migrate, force):
    """kill -9, the OOM killer, a CI job that is cancelled: the next pipeline is not to notice. In a
    quick build more of the moments are pgclone's own."""
    project.usual(migrate=migrate)
    usual = build_time(project)
    chosen, slowest = random.Random(SEED), 0
    with watched(project, drops=not force):
        for number in range(KILLS):
            told = f"kill {number} of PGCLONE_TEMPLATE_SEED={SEED}"
            if not force:
                forget(project)
            process = project.start("template", "build", *force)
            time.sleep(chosen.uniform(0, 1.1 * usual))
            kill(process)
            for name in project.templates():
                assert project.content(name) == 1, told
            started = time.monotonic()
            result = project("create", "--existing", "replace")
            slowest = max(slowest, time.monotonic() - started)
            assert result.code == 0, f"{told}\n{result}"
            assert server.value(WHOLE, database="shelf_gw0") == 1, told
            assert project.titles("shelf_gw0") == 4 and len(project.templates()) == 1, told
            assert not scratches(server), told
    assert slowest < 3 * usual + 3, f"{slowest:.1f} s after a kill, {usual:.1f} s without (seed {SEED})"


@pytest.mark.leaves_scratch
def test_a_killed_builders_command_does_not_get_in_the_way_of_the_next(server, project):
    """What it had started lives on for a while, in the database that is swept."""
    project.usual(migrate=MIGRATE + "test -e quick || psql -Xqc 'SELECT pg_sleep(120)' >/dev/null\n")
    process = project.start("create")
    wait_for(lambda: project.runs == 1, "the command begins")
    time.sleep(0.2)
    kill(process)
    project.write("quick", "")
    started = time.monotonic()
    project.ok("create")
    assert time.monotonic() - started < 10
    assert not scratches(server)
    wait_for(lambda: not server.query("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%%pg_sleep(120)%%'"
                                      " AND usename = 'tester'"), "the command's session ends")  # fmt: skip


@pytest.mark.leaves_scratch
@pytest.mark.parametrize("sweeper", [["drop", "--stale"], ["drop", "--all"], ["run", "--", "true"]], ids=" ".join)
def test_what_a_killed_builder_left_is_swept_by_others(server, project, sweeper):
    project.usual(migrate=MIGRATE + "test -e quick || sleep 60\n")
    process = project.start("template", "build")
    wait_for(lambda: project.runs == 1, "the command begins")
    kill(process)
    assert len(scratches(server)) == 1
    project.write("quick", "")
    project.ok(*sweeper)
    assert not scratches(server)


@pytest.mark.parametrize("command", [["template", "build"], ["create"], ["run", "--", "true"]], ids=" ".join)
@pytest.mark.parametrize("number", CODES, ids=[number.name for number in CODES])
def test_a_signal_reaches_the_command_and_leaves_nothing(server, project, command, number):
    """Ctrl-C goes to the whole group; who presses it wants the migration to end, and in order."""
    note = "trap 'echo heard >heard; exit 1' INT TERM HUP\n"
    project.usual(migrate=MIGRATE + note + "touch began; while :; do sleep 0.05; done\n")
    before = server.names()
    process = project.start(*command, start_new_session=True)
    wait_for((project.folder / "began").exists, "the command begins")
    time.sleep(0.1)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    started = time.monotonic()
    project.finish(process, 20).expect_error(CODES[number])
    assert time.monotonic() - started < 5
    assert (project.folder / "heard").exists()
    assert server.names() == before


def test_a_signal_ends_psql_in_mid_file(server, project):
    project.usual()
    project.write("schema.sql", "CREATE TABLE began ();\nSELECT pg_sleep(120);\n")
    before = server.names()
    process = project.start("create", start_new_session=True)
    asleep = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%%pg_sleep(120)%%' AND usename = 'tester'"
    wait_for(lambda: server.query(asleep), "the file is at work")
    os.killpg(process.pid, signal.SIGINT)
    started = time.monotonic()
    project.finish(process, 20).expect_error(130)
    assert time.monotonic() - started < 5
    assert server.names() == before
    wait_for(lambda: not server.query(asleep), "its session ends")


def test_a_command_that_does_not_hear_is_killed_by_the_second_signal(server, project):
    project.usual(migrate=MIGRATE + "trap '' INT TERM\ntouch began; while :; do sleep 0.05; done\n")
    process = project.start("template", "build", start_new_session=True)
    wait_for((project.folder / "began").exists, "the command begins")
    process.send_signal(signal.SIGINT)
    time.sleep(1.5)
    assert process.poll() is None, "the first signal leaves the command its time"
    process.send_signal(signal.SIGINT)
    assert project.finish(process, 10).code == 130
    project.write("migrate.sh", MIGRATE)
    project.ok("create")
    assert not scratches(server)


@pytest.mark.leaves_scratch
def test_no_signal_is_lost_at_any_moment_of_a_build(server, project):
    project.usual(migrate=SLOW)
    usual = build_time(project)
    forget(project)
    project.ok("drop", "--all")
    before = server.names()
    for step in range(12):
        process = project.start("template", "build", start_new_session=True)
        time.sleep(usual * step / 11)
        os.killpg(process.pid, signal.SIGINT)
        result = project.finish(process, 20)
        assert result.code in (0, 130, -signal.SIGINT), str(result)
        if result.code != 0:
            assert not scratches(server), str(result)
        for name in project.templates():
            assert project.content(name) == 1
        forget(project)
    assert server.names() == before


@pytest.mark.leaves_scratch
def test_a_server_that_crashes_in_mid_build_costs_no_rows(own_server, project):
    """Recovery empties unlogged tables, and takes back what synchronous_commit = off had not yet
    written: a command that goes on afterwards fills a database that is not what it seems."""
    server = own_server()
    project.usual(migrate=HELD, schema=SCHEMA + "CREATE UNLOGGED TABLE draft AS SELECT 1 AS id;\n")
    process = project.start("create", server=server.url("circ"))
    wait_for((project.folder / "began").exists, "the command begins")
    server.crash()
    project.write("go", "")
    result = project.finish(process, 30)
    assert result.code in (0, 1, 3), str(result)
    if result.code != 0:
        project.ok("create", server=server.url("circ"))
    assert not scratches(server)
    assert server.value("SELECT count(*) FROM draft", database="shelf_gw0") == 1
    assert server.value("SELECT count(*) FROM book", database="shelf_gw0") == 4


@pytest.mark.leaves_scratch
def test_a_builder_that_lost_its_session_spoils_nothing(server, project):
    """With the session went its lock: another one builds, and the first one must not publish."""
    project.usual(migrate=HELD)
    first = project.start("create", "--run-id", "r1")
    wait_for((project.folder / "began").exists, "the command begins")
    server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE usename = 'tester' AND datname = 'postgres'")  # fmt: skip
    with watched(project):
        second = project.start("create", "--run-id", "r2")
        wait_for(lambda: project.runs == 2 or second.poll() is not None, "the second one builds")
        project.write("go", "")
        project.finish(second).expect(0)
        result = project.finish(first)
    assert result.code in (0, 1, 3), str(result)
    assert len(project.templates()) == 1 and not scratches(server)
    assert server.value(WHOLE, database="shelf_r2_gw0") == 1 and project.titles("shelf_r2_gw0") == 4


def test_a_builder_that_lost_its_session_alone_goes_on(server, project):
    """A pooler's or a firewall's idle limit is no reason to throw minutes of work away."""
    project.usual(migrate=HELD)
    process = project.start("create")
    wait_for((project.folder / "began").exists, "the command begins")
    server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE usename = 'tester' AND datname = 'postgres'")  # fmt: skip
    project.write("go", "")
    result = project.finish(process)
    if result.code == 0:
        assert project.titles("shelf_gw0") == 4 and server.value(WHOLE, database="shelf_gw0") == 1
    else:
        result.expect_error(3).has_hint()
        assert not project.templates()
    assert not scratches(server)
