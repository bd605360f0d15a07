"""template list and template prune, and what list and drop make of templates."""
import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from support.running import Running
from support.waiting import wait_for

pytestmark = pytest.mark.core


def listed(project, *arguments):
    """The rows of `template list`, by their names."""
    rows = project.ok("template", "list", *arguments).rows
    assert all(len(row) == 5 for row in rows), rows
    return {row[0]: row for row in rows}


def states(project):
    return {name: row[2] for name, row in listed(project).items()}


def history(project, count):
    """Builds so many templates, the oldest first; the last one is the current one."""
    project.usual()
    names = [project.build()]
    while len(names) < count:
        project.change()
        names.append(project.build())
    for number, name in enumerate(names):
        age(project, name, hours=10 * (count - 1 - number))
    return names


def age(project, name, hours):
    then = datetime.now(timezone.utc) - timedelta(hours=hours)
    mark = {**project.mark(name), "created": then.strftime("%Y-%m-%dT%H:%M:%SZ")}
    project.server.set_comment(name, "pgclone:" + json.dumps(mark))


def prune(project, *arguments):
    """The names that it dropped, or would drop, and those that it says it kept."""
    result = project.ok("template", "prune", *arguments)
    verb = "would drop" if "--dry-run" in arguments else "dropped"
    dropped = [line.split()[-1] for line in result.stdout.splitlines() if line.startswith(verb + " ")]
    kept = dict(re.findall(r"^kept (\S+): (.*)$", result.stdout, re.M))
    assert len(dropped) + len(kept) == len(result.stdout.splitlines()), str(result)
    return dropped, kept


# -------------------------------------------------------------------------------------------- list


def test_list_shows_name_fingerprint_state_size_and_time(server, project):
    old, current = history(project, 2)
    rows = listed(project)
    assert set(rows) == {old, current}
    for name, state in ((old, "old"), (current, "current")):
        _, fingerprint, shown, size, created = rows[name]
        assert fingerprint == name.removeprefix("shelf_") and shown == state
        assert re.search(r"\d", size) and re.match(r"\d{4}-\d\d-\d\d", created)
    document = project.ok("template", "list", "--format", "json").json
    (entries,) = [value for value in document.values() if isinstance(value, list)]
    assert {entry["name"]: entry["state"] for entry in entries} == {old: "old", current: "current"}
    for entry in entries:
        assert {"name", "fingerprint", "state", "size", "created"} <= set(entry)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["created"])
        assert entry["name"].endswith(entry["fingerprint"])


def test_a_list_of_nothing_is_empty(server, project):
    project.usual()
    assert project.ok("template", "list").stdout == ""
    document = project.ok("template", "list", "--format", "json").json
    assert [value for value in document.values() if isinstance(value, list)] == [[]]


def test_what_is_being_built_is_listed_as_building(server, project):
    project.usual(migrate="touch began; while ! test -e go; do sleep 0.02; done\n")
    process = project.start("template", "build")
    wait_for((project.folder / "began").exists, "the command begins")
    shown = [row[2] for row in project.ok("template", "list").rows]
    project.write("go", "")
    project.finish(process).expect(0)
    assert shown == ["building"]
    assert list(states(project).values()) == ["current"]


def test_list_shows_this_projects_templates_only(server, project):
    mine = history(project, 1)
    theirs = type(project)(project.pgclone, server, project.folder.parent / "theirs", "other")
    theirs.usual()
    theirs.build()
    assert list(states(project)) == mine


def test_pgclones_list_says_what_is_a_template(server, project):
    old, current = history(project, 2)
    project.ok("create")
    found = {row["name"]: row["state"] for row in project.ok("list", "--format", "json").json["databases"]}
    assert found == {old: "template", current: "template", "shelf_gw0": "ready"}
    rows = {row[1]: row for row in project.ok("list").rows}
    assert rows[old][3] == rows[current][3] == "template"


# ------------------------------------------------------------------------------------------- drop


def test_drops_of_databases_leave_templates_alone(server, project):
    """A teardown after every run must not cost a build before the next one."""
    names = history(project, 2)
    project.ok("create", "-w", "2")
    for selector in (["--all"], ["--all", "--held"], ["--stale", "--older-than", "1s"],
                     ["--worker", "gw0"], ["--all", "--every-project"],
                     ["--stale", "--older-than", "1s", "--every-project"]):  # fmt: skip
        result = project.ok("drop", *selector)
        assert not set(names) & set(re.findall(r"\S+", result.stdout)), str(result)
        assert project.templates() == set(names)
    assert "shelf_gw0" not in server.names()


def test_a_run_that_built_a_template_leaves_it_at_its_end(server, project):
    project.usual()
    project.ok("run", "--", "true")
    (template,) = project.templates()
    with Running(project.pgclone, template=None, cwd=project.folder) as run:
        run.kill()
    project.ok("drop", "--stale")
    project.ok("run", "--", "true")
    assert project.templates() == {template} and project.runs == 1


def test_drop_by_name_drops_a_template(server, project):
    old, current = history(project, 2)
    assert project.ok("drop", "--name", old, "--dry-run").stdout == f"would drop {old}\n"
    assert project.ok("drop", "--name", old).stdout == f"dropped {old}\n"
    assert project.templates() == {current}
    project.ok("create")
    assert project.runs == 2


# ------------------------------------------------------------------------------------------- prune


def test_prune_drops_what_is_not_current(server, project):
    *old, current = history(project, 3)
    with server.unchanged():
        assert sorted(prune(project, "--dry-run")[0]) == sorted(old)
    assert sorted(prune(project)[0]) == sorted(old)
    assert project.templates() == {current}
    assert prune(project) == ([], {})
    project.ok("create")
    assert project.runs == 3


def test_prune_keeps_the_newest(server, project):
    first, second, third, current = history(project, 4)
    assert sorted(prune(project, "--keep", "9", "--dry-run")[0]) == []
    assert prune(project, "--keep", "2")[0] == [first]
    assert project.templates() == {second, third, current}, "two stay beside the current one"
    project("template", "prune", "--keep", "some").expect_error(2, "--keep")


def test_prune_drops_from_an_age_on(server, project):
    first, second, third, current = history(project, 4)  # 30, 20, 10 and 0 hours old
    assert prune(project, "--older-than", "2d")[0] == []
    assert prune(project, "--older-than", "15h", "--keep", "9")[0] == []
    assert sorted(prune(project, "--older-than", "15h", "--dry-run")[0]) == sorted([first, second])
    assert sorted(prune(project, "--older-than", "15h")[0]) == sorted([first, second])
    assert project.templates() == {third, current}
    project("template", "prune", "--older-than", "soon").expect_error(2, "--older-than")


def test_prune_takes_this_projects_only(server, project):
    """Another project's templates, plain databases of such names, and worker databases stay."""
    mine = history(project, 2)
    theirs = type(project)(project.pgclone, server, project.folder.parent / "theirs", "other")
    others = history(theirs, 2)
    unmarked = "shelf_0123456789ab"
    server.create_database(unmarked)
    project.ok("create", "-w", "1")
    assert prune(project)[0] == mine[:1]
    assert {unmarked, "shelf_gw0", *others} <= server.names()


def test_prune_keeps_what_a_living_run_uses(server, project):
    """Its spares and resets are copies of it, hours after the files have changed."""
    project.usual()
    used = project.build()
    with Running(project.pgclone, "--run-id", "r1", template=None, cwd=project.folder) as run:
        project.change()
        current = project.build()
        dropped, kept = prune(project)
        assert dropped == [] and (not kept or list(kept) == [used])
        assert project.templates() == {used, current}
        run.stop()
    assert prune(project)[0] == [used]


def test_drop_by_name_keeps_what_a_living_run_uses(server, project):
    project.usual()
    used = project.build()
    with Running(project.pgclone, "--run-id", "r1", template=None, cwd=project.folder) as run:
        result = project("drop", "--name", used)
        assert used in project.templates() or result.code == 0
        run.stop()


def test_a_prune_that_was_killed_between_its_statements_costs_nothing(server, project):
    """It opens a template to drop it. Found like that, a template is used, or built anew."""
    project.usual()
    template = project.build()
    server.run("ALTER DATABASE {} IS_TEMPLATE false", template)
    project.ok("create")
    assert project.titles("shelf_gw0") == 4
    assert project.templates() == {template}
    row = server.catalog()[template]
    assert row.is_template and not row.allows_connections


def test_an_invalid_template_is_built_anew(server, project):
    """What an interrupted DROP DATABASE leaves (datconnlimit -2) cannot be cloned."""
    project.usual()
    template = project.build()
    server.run("ALTER DATABASE {} IS_TEMPLATE false", template)
    server.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = %s", (template,))
    project.ok("create")
    assert project.titles("shelf_gw0") == 4 and project.runs == 2
