"""The progress line, on terminals of several widths, as a person sees it."""
import re
import time
from contextlib import contextmanager

import pytest
from support.screen import Screen

WIDTHS = {
    40: r"creating \[[#-]{5,}\] \d/6 [\d.]+/(s|min) \d+ s left",
    80: r"pgclone: creating databases \[[#-]{15,}\] \d of 6, [\d.]+/(s|min), \d+ s left",
    200: r"pgclone: creating databases \[[#-]{50}\] \d of 6, [\d.]+/(s|min), \d+ s left",
}


@contextmanager
def nothing_is_marked(server):
    """Holds up whoever marks a database, and so every job, until the block ends."""
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE pg_catalog.pg_shdescription IN SHARE MODE")
        yield
        cursor.execute("ROLLBACK")


def progress(lines):
    return [line for line in lines if re.match(r"(pgclone: )?(creating|dropping|building) ", line)]


@pytest.mark.parametrize("columns", WIDTHS)
def test_bar_count_rate_and_time_left(pgclone, large_template, columns):
    screen = Screen(
        pgclone, "create", "--template", large_template, "-w", "6", "-j", "1", columns=columns
    )
    seen = screen.until(lambda lines: any(re.fullmatch(WIDTHS[columns], line) for line in lines))
    assert len(seen) == 1 and len(seen[0]) < columns
    assert screen.finish() == 0
    assert progress(screen.lines) == []
    names = "".join(screen.lines)
    assert all(f"large_gw{i}" in names for i in range(6))
    assert screen.lines[0].startswith("gw0"), "the results stand on a clean line"


def test_goes_on_while_nothing_is_done_and_is_resized(server, pgclone):
    with nothing_is_marked(server):
        began = time.monotonic()
        screen = Screen(pgclone, "create", "--template", "circ", "-w", "4", columns=80)
        screen.until(progress)
        assert 0.5 <= time.monotonic() - began < 3
        screen.until(lambda lines: lines == [f"pgclone: creating databases [{'-' * 35}] 0 of 4, 2 s"])
        for columns, shown in ((40, f"creating [{'-' * 15}] 0/4 "), (120, "pgclone: creating databases [-")):
            screen.resize(columns)
            lines = screen.until(lambda lines, shown=shown: any(shown in line for line in lines))
            assert len(lines) == 1 and len(lines[0]) < columns
    assert screen.finish() == 0
    assert progress(screen.lines) == []


def test_an_error_stands_on_a_clean_line(server, pgclone):
    with nothing_is_marked(server):
        screen = Screen(pgclone, "create", "--template", "circ", "-w", "2")
        screen.until(progress)
        screen.process.terminate()
    assert screen.finish() == 143
    assert screen.lines[0].startswith("pgclone: error: "), str(screen)
    assert progress(screen.lines) == []


def test_dropping(server, pgclone, clone):
    clone("-w", "3")
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE pg_catalog.pg_shdescription IN SHARE MODE")
        screen = Screen(pgclone, "drop", "--all", "--template", "circ")
        screen.until(lambda lines: any("dropping databases [" in line for line in lines))
        cursor.execute("ROLLBACK")
    assert screen.finish() == 0
    assert screen.lines == [f"dropped circ_gw{i}" for i in range(3)]


def test_a_run_and_its_command_do_not_mix(server, pgclone):
    with nothing_is_marked(server):
        screen = Screen(pgclone, "run", "--template", "circ", "-w", "2", "--", "echo", "it runs")
        screen.until(progress)
    assert screen.finish() == 0
    assert screen.lines == ["it runs"]


def test_none_where_the_command_has_the_terminal_already(server, pgclone):
    with nothing_is_marked(server):
        command = ["sh", "-c", "echo begun; sleep 2"]
        screen = Screen(pgclone, "run", "--overlap", "--template", "circ", "-w", "2", "--", *command)
        screen.until(lambda lines: lines == ["begun"])
        time.sleep(1)
    assert screen.finish() == 0
    assert screen.shown == b"begun\r\n"


@pytest.mark.parametrize(
    "arguments, env", [(["-q"], {}), (["-v"], {}), ([], {"TERM": "dumb"})], ids=["-q", "-v", "dumb"]
)
def test_none_where_nobody_wants_it(server, pgclone, arguments, env):
    with nothing_is_marked(server):
        screen = Screen(pgclone, "create", "--template", "circ", *arguments, env=env)
        time.sleep(1)
    assert screen.finish() == 0
    assert b"\r\x1b[K" not in screen.shown and b"creating" not in screen.shown


BUILD = """\
test -t 1 && echo on a terminal
sleep 1
printf 'half a '
sleep 1
echo line
sleep 1
"""


def test_a_build_says_what_is_running_and_passes_on_what_it_writes(project):
    project.write("schema.sql", "SELECT pg_sleep(1); CREATE TABLE book (title text);\n")
    project.settings(sql=["schema.sql"], command=BUILD)
    screen = Screen(project.pgclone, "template", "build", cwd=project.folder)
    line = r'pgclone: building "shelf_\w{12}": %s, \d s'
    psql, running = line % "psql", line % "the build's command"
    screen.until(lambda lines: lines and re.fullmatch(psql, lines[-1]))
    lines = screen.until(lambda lines: lines and re.fullmatch(running, lines[-1]))
    assert lines[-2] == "on a terminal"
    assert screen.until(lambda lines: lines and lines[-1] == "half a")[-2] == "on a terminal"
    lines = screen.until(lambda lines: re.fullmatch(running, lines[-1]))
    assert lines[-3:-1] == ["on a terminal", "half a line"]
    assert screen.finish() == 0
    assert progress(screen.lines) == []
    assert screen.lines[-3:-1] == ["on a terminal", "half a line"]
    assert re.fullmatch(r"shelf_\w{12}", screen.lines[-1])
