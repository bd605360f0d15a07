"""Who hands out the databases in fresh.py: how each is started, and where it comes from."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

from fresh_ways import cpu_seconds
from trial import Step, run_process

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = [sys.executable, str(HERE / "fresh_client.py")]
WORKERS = "4"


def server_cpu_s(server):
    """The CPU time of all processes that the server has and has had."""
    postmaster = (server.folder / "data/postmaster.pid").read_text().split()[0]
    total = cpu_seconds(postmaster)
    fields = pathlib.Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    total += (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for child in children:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += cpu_seconds(child)
    return total


def clean(server):
    """Drops what a peer has left, and returns its names."""
    rows = server.sql("SELECT datname FROM pg_database WHERE oid >= 16384 AND datname !~ '^bench_'")
    names = [name for (name,) in rows]
    for name in names:
        server.sql(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return names


class Peer:
    """A way of fresh_ways.py."""

    def __init__(self, name, title, way=None):
        self.name, self.title, self.way = name, title, way or name

    def options(self, server):
        return [""]

    def client(self, template, option, tests, pause):
        words = [self.way, template.database, str(template.rows), str(tests), str(pause)]
        return CLIENT + words + ([option] if option else [])

    def argv(self, template, option, tests, pause):
        return self.client(template, option, tests, pause)

    def run(self, server, template, option, tests, pause):
        """What the client told, and when all was over."""
        outcome = run_process(Step(self.argv(template, option, tests, pause)), server.env)
        return json.loads(outcome.output.splitlines()[-1]), time.time()


class Run(Peer):
    def __init__(self, program, name, title, way):
        super().__init__(name, title, way)
        self.program = program

    def argv(self, template, option, tests, pause):
        run = [self.program, "run", "-q", "--project", "bench", "--template", template.database]
        return [*run, "-w", WORKERS, "--", *self.client(template, option, tests, pause)]


class Commands(Peer):
    def __init__(self, program):
        super().__init__("pgclone", "pgclone create, drop")
        self.program = program

    def client(self, template, option, tests, pause):
        return super().client(template, self.program, tests, pause)


class ByHand(Peer):
    def options(self, server):
        # Without fsync the log is never the faster one.
        return ["file_copy"] if "fsync=off" in server.kind.settings else ["wal_log", "file_copy"]


class Pgtestdb(Peer):
    def __init__(self, program):
        super().__init__("pgtestdb", "pgtestdb")
        self.program = program

    def client(self, template, option, tests, pause):
        words = [template.database, str(template.rows), str(tests), str(pause)]
        return [self.program, *words]


def build_pgtestdb(folder):
    program = str(folder / "pgtestdb")
    subprocess.run(
        ["go", "build", "-o", program, "."],
        cwd=HERE / "pgtestdb",
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return Pgtestdb(program)


NAMES = ("take", "reset", "spares", "statements", "createdb", "pgclone", "pgtestdb")


def build(arguments, wanted, folder):
    """The peers, in the tables' order; and those that cannot be had here, with the reasons."""
    unknown = set(wanted) - set(NAMES)
    if unknown:
        sys.exit(f"fresh.sh: unknown peer: {', '.join(sorted(unknown))}")
    known = [
        Run(arguments.program, "take", "pgclone run, take", "take"),
        Run(arguments.program, "reset", "pgclone run, reset", "reset"),
        ByHand("spares", "spares by hand"),
        ByHand("statements", "statements on open connections"),
        Peer("createdb", "createdb, dropdb"),
        Commands(arguments.program),
    ]
    peers = [peer for peer in known if peer.name in wanted]
    if arguments.vs:
        peers.insert(1, Run(arguments.vs, "vs", "the other pgclone run, take", "take"))
    left_out = {}
    if "pgtestdb" in wanted:
        try:
            peers.append(build_pgtestdb(folder))
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            left_out["pgtestdb"] = said.strip().splitlines()[-1]
    return peers, left_out
