"""Who hands out the databases in fresh.py: how each is started, and where it comes from."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
from concurrent import futures

import fresh_integresql
import fresh_notes
from fresh_client import CLIENTS
from fresh_ways import cpu_seconds
from trial import Step, run_process

HERE = pathlib.Path(__file__).resolve().parent
# Whoever has gone may have left a statement to the server, which makes a database for nobody.
END_SESSIONS = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""
AT_ONCE = 32  # drops that share their checkpoints
CLIENT = [sys.executable, str(HERE / "fresh_client.py")]


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


def clean(server, peer):
    """Drops what a peer has left, and returns the names of what it should not have left."""
    server.sql(END_SESSIONS)
    rows = server.sql(
        "SELECT datname, datistemplate FROM pg_database WHERE oid >= 16384 AND datname !~ '^bench_'"
    )

    def drop(row):
        name, is_template = row
        if is_template:  # where a drop was broken off, nothing can be altered
            server.sql(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    with futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(drop, rows))
    return [name for name, is_template in rows if not peer.keeps(name, is_template)]


class Peer:
    """A way of fresh_ways.py."""

    def __init__(self, name, title, way=None):
        self.name, self.title, self.way = name, title, way or name

    def options(self, server):
        return [""]

    def keeps(self, name, is_template):
        """Whether such a database is meant to outlive the measurement."""
        return False

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
    flags = ()

    def __init__(self, program, name, title, way):
        super().__init__(name, title, way)
        self.program = program

    def argv(self, template, option, tests, pause):
        run = [self.program, "run", "-q", "--project", "bench", "--template", template.database]
        run += ["-w", str(CLIENTS), *self.flags]
        return [*run, "--", *self.client(template, option, tests, pause)]


class Undo(Run):
    """Keeps the template with the notes, as it keeps templates that it has built."""

    flags = ("--reset", "undo")

    def keeps(self, name, is_template):
        return is_template


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


class Notes(Peer):
    """Its databases stay, so that dropping them is nobody's cost."""

    def options(self, server):
        return [fresh_notes.ITS_OWN, fresh_notes.THE_TESTS]

    def keeps(self, name, is_template):
        return name.startswith(fresh_notes.PREFIX)

    def client(self, template, option, tests, pause):
        return [*super().client(template, "", tests, pause), str(CLIENTS), option]


class Integresql(Peer):
    """Its daemon is there before the clock starts; its databases stay, as they do with it."""

    def __init__(self, program):
        super().__init__("integresql", "IntegreSQL")
        self.program = program

    def options(self, server):
        return list(fresh_integresql.SETTINGS)

    def keeps(self, name, is_template):
        return name.startswith(fresh_integresql.PREFIX)

    def run(self, server, template, option, tests, pause):
        daemon = fresh_integresql.running(self.program, server.env, template.database, option)
        with daemon as (port, pid):
            argv = self.client(template, str(port), tests, pause)
            before = cpu_seconds(pid)
            outcome = run_process(Step(argv), server.env)
            ended = time.time()
            found = json.loads(outcome.output.splitlines()[-1])
            return {**found, "maker_cpu_s": cpu_seconds(pid) - before}, ended


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


def build_integresql(folder):
    return Integresql(fresh_integresql.build(folder))


BUILT = {"pgtestdb": build_pgtestdb, "integresql": build_integresql}
NAMES = (
    "undo",
    "undo-reset",
    "take",
    "reset",
    "notes",
    "spares",
    "statements",
    "createdb",
    "pgclone",
    *BUILT,
)


def build(arguments, wanted, folder):
    """The peers, in the tables' order; and those that cannot be had here, with the reasons."""
    unknown = set(wanted) - set(NAMES)
    if unknown:
        sys.exit(f"fresh.sh: unknown peer: {', '.join(sorted(unknown))}")
    program = arguments.program
    known = [
        Undo(program, "undo", "pgclone run, undo, take", "take"),
        Undo(program, "undo-reset", "pgclone run, undo, reset", "reset-after"),
        Run(program, "take", "pgclone run, take", "take"),
        Run(program, "reset", "pgclone run, reset", "reset"),
        Notes("notes", "row triggers, jsonb"),
        ByHand("spares", "spares by hand"),
        ByHand("statements", "statements on open connections"),
        Peer("createdb", "createdb, dropdb"),
        Commands(program),
    ]
    peers = [peer for peer in known if peer.name in wanted]
    if arguments.vs:
        peers.insert(1, Run(arguments.vs, "vs", "the other pgclone run, take", "take"))
    left_out = {}
    for name in filter(wanted.__contains__, BUILT):
        try:
            peers.append(BUILT[name](folder))
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            left_out[name] = said.strip().splitlines()[-1]
    return peers, left_out
