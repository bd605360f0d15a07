"""Many callers of one template: one builds, nobody gets half of it or loses it in mid-clone."""
import os
import threading
import time

import pytest
from support.project import LAST, MIGRATE, Project, kill, watched
from support.proxy import HoldingServer
from support.server import url_for
from support.waiting import wait_for, wait_for_row

pytestmark = pytest.mark.core
# The command waits for the test's word, and says that it has begun.
HELD = MIGRATE + "echo $$ >began\nwhile ! test -e go; do sleep 0.02; done\n" + LAST


def began(project, times=1):
    wait_for(lambda: project.runs >= times and (project.folder / "began").exists(), "the command begins")


def go(project):
    project.write("go", "")


def end_all(processes):
    for process in processes:
        if process.poll() is None:
            kill(process)


@pytest.fixture
def many(project):
    """Starts creates with run ids of their own: many(16)."""
    started = []

    def start(count, *arguments, of=project):
        first = len(started)
        new = [of.start("create", "--run-id", f"r{first + n}", *arguments) for n in range(count)]
        started.extend(new)
        return new

    yield start
    end_all(started)


def waiting(server, count):
    """So many sessions of pgclone are there: builder and waiters."""
    query = "SELECT 1 FROM pg_stat_activity WHERE usename = 'tester' HAVING count(DISTINCT pid) >= %s"
    wait_for_row(server, query, (count,))


# -------------------------------------------------------------------------------- one builds for all


def test_of_16_creates_one_builds(server, project, many):
    project.usual(migrate=MIGRATE + "sleep 0.5\n" + LAST)
    with watched(project) as watcher:
        results = [project.finish(process) for process in many(16)]
    for result in results:
        result.expect(0)
    assert project.runs == 1 and len(project.templates()) == 1
    assert watcher.seen == project.templates()
    assert [project.titles(f"shelf_r{n}_gw0") for n in range(16)] == [4] * 16
    assert server.value("SELECT count(*) FROM whole", database="shelf_r15_gw0") == 1


def test_a_waiter_uses_what_another_built(server, project, many):
    project.usual(migrate=HELD)
    builder = project.start("template", "build")
    began(project)
    waiters = many(3, "-v")
    waiting(server, 4)
    time.sleep(0.5)
    assert [process.poll() for process in waiters] == [None] * 3
    go(project)
    project.finish(builder).expect(0)
    for process in waiters:
        result = project.finish(process).expect(0)
        assert "wait" in result.stderr.lower(), f"a waiter says why it takes so long\n{result}"
    assert project.runs == 1


def test_wait_does_not_count_while_a_living_process_builds(server, project, many):
    """A build of minutes is no busy template."""
    project.usual(migrate=HELD)
    builder = project.start("template", "build")
    began(project)
    waiters = many(1, "--wait", "0") + many(1, "--wait", "1")
    time.sleep(2.5)
    assert [process.poll() for process in waiters] == [None, None]
    go(project)
    for process in [builder, *waiters]:
        project.finish(process).expect(0)
    assert project.runs == 1


def test_a_waiter_tries_itself_when_the_build_fails(server, project, many):
    """Each shows the failure to whom it belongs; and one that succeeds serves those behind it."""
    project.usual(migrate=HELD + "test -e fixed || exit 3\n")
    builder = project.start("template", "build")
    began(project)
    waiters = many(4)
    waiting(server, 5)
    time.sleep(0.3)
    project.write("fixed.part", "")
    assert project.templates() == set()
    go(project)
    project.finish(builder).expect_error(1, "3")
    os.rename(project.folder / "fixed.part", project.folder / "fixed")
    codes = [project.finish(process).code for process in waiters]
    assert set(codes) <= {0, 1} and 0 in codes or set(codes) == {1}
    assert project.runs >= 2, "a waiter has tried"
    project.ok("create")
    assert project.titles("shelf_gw0") == 4


@pytest.mark.leaves_scratch
def test_a_waiter_goes_on_when_the_builder_is_killed(server, project, many):
    project.usual(migrate=HELD)
    builder = project.start("create")
    began(project)
    waiters = many(4)
    waiting(server, 5)
    time.sleep(0.3)
    kill(builder)
    began(project, times=2)
    go(project)
    for process in waiters:
        project.finish(process).expect(0)
    assert project.runs == 2
    assert {project.titles(f"shelf_r{n}_gw0") for n in range(4)} == {4}
    assert not [name for name in server.names() if name.startswith("pgclone_scratch_")]


def test_a_waiter_can_be_interrupted(server, project, many):
    project.usual(migrate=HELD)
    builder = project.start("template", "build")
    began(project)
    (waiter,) = many(1)
    waiting(server, 2)
    time.sleep(0.3)
    waiter.terminate()
    started = time.monotonic()
    project.finish(waiter).expect_error(143)
    assert time.monotonic() - started < 3
    go(project)
    project.finish(builder).expect(0)


def test_other_templates_do_not_wait_for_a_build(server, project, tmp_path):
    project.usual(migrate=HELD)
    builder = project.start("template", "build")
    began(project)
    other = Project(project.pgclone, server, tmp_path / "other", "other")
    other.usual()
    other.ok("create", timeout=20)
    project.pgclone.ok("create", "--template", "circ", timeout=20)
    newer = Project(project.pgclone, server, tmp_path / "branch")
    newer.usual(migrate=MIGRATE + "# another branch\n")
    newer.ok("create", "--run-id", "b", timeout=20)
    assert builder.poll() is None
    go(project)
    project.finish(builder).expect(0)


# ------------------------------------------------------------------------- force, prune, two projects


def loop(stop, action):
    """Calls action(number) in a thread until `stop` is set; what it raises is raised by join()."""
    trouble = []

    def body():
        number = 0
        try:
            while not stop.is_set():
                action(number)
                number += 1
        except BaseException as error:  # pylint: disable=broad-except
            trouble.append(error)
            stop.set()

    thread = threading.Thread(target=body)
    thread.start()

    def join():
        thread.join()
        for error in trouble:
            raise error

    return join


def test_force_while_others_create(server, project):
    """Whoever clones has the old one or the new one, and nobody an error."""
    project.usual(migrate=MIGRATE + LAST)
    project.ok("create")
    stop = threading.Event()

    def create(run):
        project.ok("create", "--run-id", run)
        assert server.value("SELECT count(*) FROM whole", database=f"shelf_{run}_gw0") == 1

    joins = [loop(stop, lambda _, run=run: create(run)) for run in ("a", "b")]
    try:
        with watched(project):
            for _ in range(5):
                project.ok("template", "build", "--force")
    finally:
        stop.set()
    for join in joins:
        join()
    assert project.runs == 6 and len(project.templates()) == 1


def test_prune_beside_creates(server, project, tmp_path):
    """Two branches whose pipelines create, each of which takes the other's template for an old one."""
    branches = [Project(project.pgclone, server, tmp_path / name) for name in ("one", "two")]
    stop = threading.Event()

    def pipeline(branch, run):
        branch.ok("create", "--run-id", run)
        assert server.value("SELECT count(*) FROM whole", database=f"shelf_{run}_gw0") == 1
        branch.ok("template", "prune")

    for number, branch in enumerate(branches):
        branch.usual(migrate=MIGRATE + f"# {number}\n" + LAST)
    joins = [
        loop(stop, lambda _, branch=branch, run=run: pipeline(branch, run))
        for branch, run in zip(branches, ("a", "b"))
    ]
    stop.wait(6)
    stop.set()
    for join in joins:
        join()
    assert sum(branch.runs for branch in branches) > 4, "nothing was pruned"
    assert not [name for name in server.names() if name.startswith("pgclone_scratch_")]


def through(proxy):
    """The URL of a server behind a proxy."""
    return url_for("tester", "circ", host="127.0.0.1", port=proxy.port, password="secret word")


def test_a_create_whose_template_is_pruned_a_moment_before_builds_anew(server, project):
    """It has found the template; the next thing that it sends about it comes too late."""
    project.usual()
    template = project.build()
    with HoldingServer(server.port, template) as proxy:
        process = project.start("create", server=through(proxy))
        wait_for(proxy.holds.is_set, "the template is about to be used")
        project.ok("drop", "--name", template)
        proxy.release()
        project.finish(process).expect(0)
    assert project.runs == 2 and project.templates() == {template}
    assert project.titles("shelf_gw0") == 4


def test_a_template_that_is_just_being_cloned_is_not_pruned(server, project, tmp_path):
    project.usual()
    template = project.build()
    newer = Project(project.pgclone, server, tmp_path / "newer")
    newer.usual(migrate=MIGRATE + "# newer\n")
    with HoldingServer(server.port, "CREATE DATABASE") as proxy:
        process = project.start("create", server=through(proxy))
        wait_for(proxy.holds.is_set, "the template is about to be cloned")
        newer.ok("template", "prune")
        assert project.templates() == {template}
        proxy.release()
        project.finish(process).expect(0)
    assert project.runs == 1
    newer.ok("template", "prune")
    assert project.templates() == set()


def test_two_projects_with_one_base_name(server, project, tmp_path):
    """Each has its own templates; where the content is one, the template may be, too."""
    projects = [Project(project.pgclone, server, tmp_path / name) for name in ("one", "two")]
    for number, each in enumerate(projects):
        each.usual()
        each.settings(["schema.sql"], ["sh", "migrate.sh"], ["migrations"], f"template: shelf\nproject: p{number}")
        each.ok("create", "--run-id", f"p{number}")
    assert sum(each.runs for each in projects) == len(project.templates())
    one, two = projects
    one.change()
    theirs = two.templates()
    one.ok("create", "--run-id", "p0")
    one.ok("template", "prune")
    two.ok("create", "--run-id", "p1")
    assert two.titles("shelf_p1_gw0") == one.titles("shelf_p0_gw0") == 4
    two.ok("template", "prune")
    assert len(theirs) <= len(project.templates()) + 1
    runs = one.runs
    one.ok("create", "--run-id", "p0")
    assert one.runs == runs, "the other project's prune left the template alone"
