"""The guards (docs/architecture.md): each refuses with 4, says what to set, and changes nothing."""
import json

import pytest
from support.waiting import wait_for_row

pytestmark = pytest.mark.core


@pytest.fixture
def refused(server, pgclone):
    def run(*arguments, says=(), **options):
        with server.unchanged():
            result = pgclone(*arguments, **options)
        return result.expect_error(4, *says)

    return run


def test_g1_cloning_without_a_template_name(server, refused):
    refused("create", "--clone", server=server.url("")).has_hint("--template")
    refused("create", "--template", "").has_hint()


def test_g2_creation_off_with_several_workers(refused):
    refused("create", "--no-create", "-w", "2", says=["serial"])
    refused("create", "-w", "2", env={"PGCLONE_CREATE_DATABASE": "false"})


def test_g3_creation_off_without_a_database(server, refused):
    refused("create", "--no-create", server=server.url(""))


def test_g4_the_template_is_the_maintenance_database(refused):
    refused("create", "--template", "postgres", says=["postgres"])
    refused("create", "--template", "circ", "--maintenance-database", "circ")


def test_g4_the_template_bears_a_workers_name(server, refused):
    server.create_database("circ_gw1")
    refused("create", "--template", "circ_gw1", "--name", "circ_{worker}", "-w", "2", says=["circ_gw1"])


def test_g5_the_name_is_taken_by_somebody_elses_database(server, refused):
    server.create_database("circ_gw2")
    refused("create", "--template", "circ", "-w", "4", says=['"circ_gw2"']).has_hint()
    refused("create", "-w", "4", says=['"circ_gw2"'])
    for mode in ("keep", "fail"):
        refused("create", "--template", "circ", "-w", "4", "--existing", mode)


@pytest.mark.parametrize("name", ["postgres", "template0", "template1"])
def test_g5_the_name_is_one_of_the_servers_own(refused, name):
    refused("create", "--template", "circ", "--name", name, says=[name])


def test_g5_the_name_is_the_maintenance_database(server, refused):
    server.create_database("office")
    refused(
        "create", "--template", "circ", "--name", "office", "--maintenance-database", "office",
        says=["office"],
    )  # fmt: skip


def test_g5_even_a_marked_maintenance_database_is_not_replaced(server, clone, refused):
    clone("--name", "office")
    refused("create", "--template", "circ", "--name", "office", "--maintenance-database", "office")


def test_g6_the_name_is_held_by_a_run_that_is_alive(server, pgclone, refused):
    run = pgclone.start("run", "--template", "circ", "--run-id", "r1", "--", "sleep", "30")
    wait_for_row(server, "SELECT 1 FROM pg_database WHERE datname = 'circ_r1_gw0'")
    fields = json.loads(server.comments()["circ_r1_gw0"][len("pgclone:") :])
    try:
        for mode in ("replace", "keep", "fail"):
            refused(
                "create", "--template", "circ", "--run-id", "r1", "--existing", mode,
                says=['"circ_r1_gw0"', "r1", fields["host"], str(fields["pid"])],
            ).has_hint()  # fmt: skip
        kept = pgclone.ok("drop", "--all", "--template", "circ").stdout
        assert kept.startswith("kept circ_r1_gw0: ")
    finally:
        run.terminate()
        pgclone.finish(run)
    assert "circ_r1_gw0" not in server.names()


def test_g7_drop_by_name_of_an_unmarked_database(server, clone, pgclone):
    server.create_database("precious")
    clone()
    with server.unchanged():
        for flags in ([], ["--every-project"]):
            result = pgclone("drop", "--name", "precious", "--name", "circ_gw0", *flags)
            assert result.code in (2, 4), str(result)
            if not flags:
                result.expect(4, '"precious"')
