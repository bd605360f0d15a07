"""Built templates beside everything else: other roles, other commands, runs inside runs."""
import os
import time

import pytest
from support.handout import Serve
from support.project import LAST, MIGRATE, SCHEMA
from support.server import free_port
from support.waiting import wait_for

pytestmark = pytest.mark.core
WAITS = MIGRATE + "touch began; while ! test -e go; do sleep 0.02; done\n" + LAST


@pytest.fixture
def held(project):
    """A builder whose command waits until go() was called; its result."""
    project.usual(migrate=WAITS)
    process = project.start("template", "build")
    wait_for((project.folder / "began").exists, "the command begins")

    def go():
        project.write("go", "")
        return project.finish(process)

    yield go
    project.write("go", "")
    if process.poll() is None:
        project.finish(process)


# ------------------------------------------------------------------------------- commands together


def test_all_commands_that_need_it_wait_for_one_build(server, project, held):
    """A pipeline's steps begin at once, whatever they are."""
    count = "psql -XAt -c 'SELECT count(*) FROM book' \"$({pgclone} url)\"".format(pgclone=project.pgclone.binary)
    processes = [
        project.start("create", "--run-id", "a"),
        project.start("run", "--", "sh", "-c", count),
        project.start("run", "--overlap", "--", "sh", "-c", count),
        project.start("reset", "gw0"),
        project.start("template", "build"),
    ]
    with Serve(project.pgclone, template=project.base, cwd=project.folder) as serve:
        serve.send("take")
        time.sleep(0.5)
        held().expect(0)
        results = [project.finish(process) for process in processes]
        assert project.titles(serve.receive()["name"]) == 4
    assert project.runs == 1
    assert [result.code for result in results if "reset" not in result.arguments] == [0, 0, 0, 0]
    assert results[1].stdout == results[2].stdout == "4\n"


def test_a_build_at_work_is_nothing_to_sweep(server, project, held):
    """Teardowns of other runs, and prunes, beside a build of minutes."""
    for command in (["drop", "--all"], ["drop", "--stale", "--older-than", "1s"], ["template", "prune"],
                    ["drop", "--stale", "--every-project"], ["run", "--template", "circ", "--no-clone", "--", "true"],
                    ["create", "--no-clone", "--run-id", "e"]):  # fmt: skip
        project.ok(*command)
    held().expect(0)
    project.ok("create")
    assert project.titles("shelf_gw0") == 4 and project.runs == 1


def test_teardowns_do_not_need_the_files(server, project):
    """They run at a pipeline's end, in a checkout that may be gone or on another branch."""
    project.usual()
    project.ok("create", "-w", "2")
    os.remove(project.folder / "schema.sql")
    nowhere = f"postgresql://u@h:{free_port()}/"
    assert project.ok("url", "--worker", "gw1", server=nowhere).stdout.endswith("shelf_gw1\n")
    assert len(project.ok("list").rows) == 3
    assert project.ok("drop", "--all").stdout == "dropped shelf_gw0\ndropped shelf_gw1\n"
    project("template", "prune").expect_error(2, "schema.sql")
    assert len(project.templates()) == 1, "which one is current cannot be told"


def test_empty_databases_need_no_template(server, project):
    project.usual()
    made = project.ok("create", "--no-clone", "--format", "json")
    assert server.value("SELECT to_regclass('book') IS NULL", database=made.databases[0])
    assert project.runs == 0 and not project.templates()


def test_a_command_that_writes_its_inputs_once_is_not_run_for_every_waiter(server, project):
    project.usual(migrate=MIGRATE + "sleep 0.3; echo version 1 >migrations/schema.rb\n")
    processes = [project.start("create", "--run-id", f"r{n}") for n in range(6)]
    for process in processes:
        project.finish(process).expect(0)
    assert project.runs <= 3


def test_a_template_that_is_there_costs_one_round_trip(server, project):
    project.usual()
    project.ok("create")
    sent = []
    for arguments in (["--template", "circ"], []):
        folder = project.folder.parent if arguments else project.folder
        project.pgclone.ok("create", *arguments, cwd=folder)
        position = server.log_position()
        project.pgclone.ok("create", *arguments, cwd=folder)
        sent.append(server.statements(position, user="tester"))
    plain, built = sent
    assert len(built) <= len(plain) + 1, "\n".join(entry.text[:200] for entry in built)


# ------------------------------------------------------------------------------------------- roles


def test_another_role_uses_what_was_built(server, project):
    """A template is marked as one, so that everybody who may make databases can clone it."""
    server.create_role("colleague", "LOGIN CREATEDB")
    project.usual()
    template = project.build()
    theirs = server.url("circ", "colleague")
    project.ok("create", server=theirs)
    assert project.runs == 1 and server.catalog()["shelf_gw0"].owner == "colleague"
    before = server.names()
    project("template", "build", "--force", server=theirs).expect_error(6, template)
    assert server.names() == before
    project.change()
    result = project("template", "prune", server=theirs)
    assert result.code == 6 and project.templates() == {template}, str(result)


def test_an_owner_owns_the_copies(server, project):
    server.create_role("keeper", "NOLOGIN")
    server.run("GRANT keeper TO tester")
    project.usual()
    project.ok("create", "--owner", "keeper")
    assert server.catalog()["shelf_gw0"].owner == "keeper"


# ------------------------------------------------------------------- what a command does to a database


def test_what_the_command_sets_for_the_database_is_in_every_copy(server, project):
    """`ALTER DATABASE … SET search_path` stands in many a first migration; TEMPLATE leaves it behind."""
    alter = "ALTER DATABASE \\\"$PGDATABASE\\\" SET search_path = app, public"
    project.usual(migrate=MIGRATE + f'psql -Xqc "{alter}"\n')
    project.ok("create", "-w", "2")
    for name in ("shelf_gw0", "shelf_gw1"):
        assert server.value("SHOW search_path", database=name, user="tester") == "app, public"


@pytest.mark.parametrize(
    "statement",
    ["COMMENT ON DATABASE \\\"$PGDATABASE\\\" IS 'the shelf'",
     "ALTER DATABASE \\\"$PGDATABASE\\\" CONNECTION LIMIT 5",
     "ALTER DATABASE \\\"$PGDATABASE\\\" IS_TEMPLATE true",
     "REVOKE CONNECT ON DATABASE \\\"$PGDATABASE\\\" FROM PUBLIC",
     "ALTER DATABASE \\\"$PGDATABASE\\\" SET default_transaction_read_only = on"],
    ids=["comment", "limit", "template", "revoke", "read-only"],
)  # fmt: skip
@pytest.mark.parametrize("fails", [False, True], ids=["works", "fails"])
def test_what_a_dump_does_to_its_database_does_not_get_in_the_way(server, project, statement, fails):
    project.usual(migrate=MIGRATE + f'psql -Xqc "{statement}"\n' + ("exit 4\n" if fails else ""))
    before = server.names()
    if fails:
        project("create").expect_error(1, "4")
        assert server.names() == before
        return
    project.ok("create")
    assert project.titles("shelf_gw0") == 4
    (template,) = project.templates()
    assert project.mark(template)["use"] == "template"
    assert server.catalog()[template].is_template
    project.ok("drop", "--name", template)


# ------------------------------------------------------------------------------------ runs in runs


def test_a_create_in_a_run_finds_the_template_from_any_folder(server, project):
    """`cd frontend && npx jest`, whose setup calls pgclone: the run has told it what to clone."""
    project.usual()
    inner = f"cd / && {project.pgclone.binary} create --name inner_{{worker}} --format json"
    result = project.ok("run", "--", "sh", "-c", inner + " && psql -XAtc 'SELECT count(*) FROM book' inner_gw0",
                        env={"PGHOST": server.socket, "PGPORT": str(server.port), "PGUSER": "tester"})  # fmt: skip
    assert result.stdout.endswith("4\n"), str(result)
    assert project.runs == 1


def test_a_build_whose_command_asks_for_its_own_template_does_not_wait_for_itself(server, project):
    """`command: make db`, which calls `pgclone create`: no build would ever end."""
    project.usual(migrate=MIGRATE + f"{project.pgclone.binary} create\n")
    before = server.names()
    process = project.start("template", "build")
    wait_for(lambda: project.runs == 1, "the command begins")
    try:
        result = project.finish(process, 15).expect_error(1)
        assert result.stderr.count("pgclone: hint: ") > 0, "pgclone inside says what goes round in circles"
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(10)
    assert server.names() == before


def test_names_of_files_are_bytes(server, project):
    project.usual()
    first = project.build()
    for name in (b"\xff\xfe.sql", b"two\nlines", b" ", b"-rf", b"'; DROP"):
        with open(os.path.join(os.fsencode(project.folder), b"migrations", name), "w", encoding="ascii"):
            pass
        project.build()
    assert len(project.templates()) == 6 and first in project.templates()


def test_a_schema_of_some_size_is_built_and_copied(server, project):
    project.usual(schema=SCHEMA + "CREATE TABLE filler AS SELECT repeat(md5(g::text), 30) AS t"
                                  " FROM generate_series(1, 20000) g;\n")  # fmt: skip
    project.ok("create", "-w", "4")
    assert {server.value("SELECT count(*) FROM filler", database=f"shelf_gw{n}") for n in range(4)} == {20000}
