#!/usr/bin/env python3
"""Records the terminal session that README.md shows: session.svg, beside this file.

    docs/session/record.py PGCLONE             runs the commands and writes the picture
    docs/session/record.py PGCLONE --check     runs them, and compares what they show with the picture

The commands are run for real, on a terminal, in a copy of the folder library and against a throw-away
server. What differs from one run to the next (times, sizes, the port, the template's fingerprint) is not
compared. Needs PostgreSQL's programs, pytest, pytest-xdist, psycopg2 and pyte.
"""
import argparse
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from xml.sax.saxutils import escape

import pyte

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
PICTURE = HERE / "session.svg"
COMMANDS = [
    "cat pgclone.yaml",
    "pgclone run -- pytest -q -n 4",
    "pgclone create",
    "pgclone list",
    "pgclone template list",
    "pgclone drop --all",
]
COLUMNS, ROWS = 84, 80
CHARACTER, LINE, MARGIN = 8.4, 20, 16  # of the picture, in its units
COLOURS = {
    "default": "#d7dde5", "green": "#7ee787", "cyan": "#76d9e6", "red": "#ff7b72", "brown": "#e3b341",
    "black": "#6e7681", "prompt": "#6e7681",
}  # fmt: skip


class Server:
    """A throw-away server with a plain role `ci`, which may create databases."""

    def __init__(self, folder):
        self.folder, self.password = folder, "secret"
        self.script = PROJECT / "tests" / "support" / "server.sh"
        told = subprocess.check_output(["bash", self.script, "start", folder, "--tcp"], text=True)
        settings = dict(line.split("=", 1) for line in told.splitlines())
        self.port = settings["PORT"]
        subprocess.run(
            ["psql", "-Xqh", settings["HOST"], "-p", self.port, "-U", "postgres", "-c",
             f"CREATE ROLE ci LOGIN CREATEDB PASSWORD '{self.password}'"], check=True,
        )  # fmt: skip

    def stop(self):
        subprocess.run(["bash", self.script, "stop", self.folder], check=True)


def run_on_terminal(command, folder, environment):
    """What the command shows on a terminal of its own."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        ["sh", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=follower, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    shown = b""
    while True:
        try:
            read = os.read(leader, 65536)
        except OSError:  # everybody has left the terminal
            break
        shown += read
    os.close(leader)
    if process.wait(60) != 0:
        sys.exit(f"record.py: {command} exits with {process.returncode}:\n{shown.decode()}")
    return shown


def record(pgclone):
    """The screen after all commands, and the lines at which they begin."""
    work = Path(tempfile.mkdtemp(prefix="pgclone-session-"))
    work.chmod(0o755)
    screen, begins = pyte.Screen(COLUMNS, ROWS), []
    stream = pyte.ByteStream(screen)
    server = None
    try:
        folder, programs = work / "library", work / "bin"
        shutil.copytree(HERE / "library", folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROJECT / "docs" / "quickstart" / "schema.sql", folder)
        programs.mkdir()
        (programs / "pgclone").symlink_to(Path(pgclone).resolve())
        (programs / "pytest").write_text(f'#!/bin/sh\nexec {sys.executable} -m pytest "$@"\n')
        (programs / "pytest").chmod(0o755)
        server = Server(work / "server")
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(work), "TERM": "xterm", "LC_ALL": "C.UTF-8",
            "DB_PASSWORD": server.password, "PGPORT": server.port, "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
        }  # fmt: skip
        for command in COMMANDS:
            begins.append(screen.cursor.y)
            stream.feed(f"$ {command}\r\n".encode())
            shown = run_on_terminal(command, folder, environment)
            stream.feed(shown.replace(f"localhost:{server.port}".encode(), b"localhost:5432"))
            stream.feed(b"\x1b[0m")
        return screen, begins
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(work, ignore_errors=True)


def runs(line):
    """A line's pieces of one style: column, text, colour, boldness."""
    pieces = []
    for column in range(COLUMNS):
        cell = line[column]
        style = (cell.fg, cell.bold)
        if pieces and pieces[-1][2:] == style:
            pieces[-1] = (*pieces[-1][:1], pieces[-1][1] + cell.data, *style)
        else:
            pieces.append((column, cell.data, *style))
    return [(column, text, colour, bold) for column, text, colour, bold in pieces if text.strip()]


def draw_piece(column, text, colour, bold, top):
    # Blanks at the ends have no part in the picture; those in between keep their width by textLength.
    column += len(text) - len(text.lstrip())
    text = text.strip()
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{MARGIN + column * CHARACTER:.1f}" y="{top}" textLength="{len(text) * CHARACTER:.1f}"'
        f' fill="{COLOURS.get(colour, COLOURS["default"])}"{weight} xml:space="preserve">{escape(text)}</text>'
    )


def draw(screen, begins):
    """The picture. Each command and its output appear together, a second and a half after the last ones."""
    rows = max(row for row in range(ROWS) if screen.display[row].strip()) + 1
    width, height = COLUMNS * CHARACTER + 2 * MARGIN, (rows + len(begins) - 1) * LINE + 2 * MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-size="14"'
        ' font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace">',
        "<title>pgclone builds a template, runs a parallel test suite, and makes, lists and drops databases</title>",
        "<style>g{animation:come .01s backwards}@keyframes come{from{opacity:0}}"
        "@media(prefers-reduced-motion){g{animation:none}}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#161b22"/>',
    ]
    for number, begin in enumerate(begins):
        out.append(f'<g style="animation-delay:{number * 1.5:.1f}s">')
        for row in range(begin, begins[number + 1] if number + 1 < len(begins) else rows):
            top = MARGIN + (row + number) * LINE + 14  # an empty line stands before each command
            if row == begin:
                out.append(draw_piece(0, "$", "prompt", False, top))
                out.append(draw_piece(2, screen.display[row].strip()[2:], "default", True, top))
            else:
                out += [draw_piece(*piece, top) for piece in runs(screen.buffer[row])]
        out.append("</g>")
    return "\n".join([*out, "</svg>", ""])


def settled(picture):
    """The words of a picture, without what differs from run to run."""
    words = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture))
    for varying in (r"\d+ [kM]B", r"\d+ (s|min) ago", r"in \d+\.\d+s", r"_[0-9a-f]{12}\b|\b[0-9a-f]{12}\b"):
        words = re.sub(varying, "…", words)
    return re.sub(r"\s+", " ", words)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pgclone", help="the program")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the picture is out of date")
    options = parser.parse_args()
    picture = draw(*record(options.pgclone))
    if not options.check:
        PICTURE.write_text(picture)
    elif settled(picture) != settled(PICTURE.read_text()):
        print(f"{PICTURE} is out of date: run {sys.argv[0]} PGCLONE. It is now\n{settled(picture)}\nand was\n"
              f"{settled(PICTURE.read_text())}")  # fmt: skip
        return 1
    return 0


sys.exit(main())
