"""What makes and drops databases: pgclone, what people use in its place, and copying the files."""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from trial import Step

PYTHON_PEER = str(pathlib.Path(__file__).resolve().parent / "python_peer.py")
CLIENTS = "/usr/lib/postgresql/15/bin/"  # not Debian's wrapper around them, which costs more


@dataclass(frozen=True)
class Variant:
    """One way of using a peer. Without a strategy or jobs, what it does by itself."""

    strategy: str = ""
    jobs: int = 0

    def __str__(self):
        width = f"{self.jobs} at once" if self.jobs else ""
        return " ".join(filter(None, (self.strategy, width))) or "as it comes"


DEFAULT = Variant()


def words_of(strategy):
    """How a client says it to the server: the environment, and the word of STRATEGY."""
    if strategy == "clone":
        return {"PGOPTIONS": "-c file_copy_method=clone"}, "file_copy"
    return {}, strategy


class Peer:
    """A way of making a cell's databases and of dropping them."""

    makes_databases = True

    def create_variants(self, cell):
        return [DEFAULT]

    def drop_variants(self, cell):
        return [DEFAULT]


class Pgclone(Peer):
    def __init__(self, program, name="pgclone", title="pgclone"):
        self.program, self.name, self.title = program, name, title

    def template_flags(self, cell):
        return ["--template", cell.template.database]

    def arguments(self, command, cell, variant):
        flags = ["--project", "bench", "-v", *self.template_flags(cell)]
        if variant.strategy:
            flags += ["--strategy", variant.strategy]
        if variant.jobs:
            flags += ["--jobs", str(variant.jobs)]
        return [self.program, command, *flags]

    def create(self, cell, variant, server):
        flags = ["--workers", str(cell.copies), "--runner", "django"]
        return Step(self.arguments("create", cell, variant) + flags)

    def drop(self, cell, variant, server):
        return Step(self.arguments("drop", cell, variant) + ["--all"])


class Built(Pgclone):
    """Clones a template that pgclone has built, with the same content, and that is there already."""

    def __init__(self, program, name="built", title="pgclone, a template that it built"):
        super().__init__(program, name, title)
        self.folder = tempfile.TemporaryDirectory(prefix="pgclone-bench-")

    def config(self, cell, template, rest=""):
        """The flags for settings by which the databases get the names that the cell expects."""
        path = pathlib.Path(self.folder.name, f"{template}.yaml")
        path.write_text(f'template: {template}\nname: "{cell.template.database}_{{worker}}"\n{rest}')
        return ["--config", str(path)]

    def build_flags(self, cell):
        database = cell.template.database
        copy = f"{CLIENTS}pg_dump {database} | {CLIENTS}psql -qX -o /dev/null"
        return self.config(cell, f"built_{database}", f"build:\n  command: {copy}\n")

    def template_flags(self, cell):
        return self.build_flags(cell)

    def create(self, cell, variant, server):
        build = [self.program, "template", "build", "-q", *self.build_flags(cell)]
        env = {**os.environ, **server.env}
        self.built = subprocess.check_output(build, env=env, text=True).strip()
        return super().create(cell, variant, server)


class Sealed(Built):
    """Clones the same database as one that was prepared by hand: what asking for it by content costs."""

    def __init__(self, program):
        super().__init__(program, "sealed", "pgclone, the same one by its name")

    def template_flags(self, cell):
        return self.config(cell, self.built)


class Loop(Peer):
    """What a shell script does: one after the other, with the defaults."""

    name, title = "loop", "createdb, dropdb in a loop"

    def script(self, command, cell):
        names = " ".join(cell.names)
        return Step(["sh", "-c", f"for name in {names}; do {command} $name || exit 1; done"])

    def create(self, cell, variant, server):
        return self.script(f"{CLIENTS}createdb -T {cell.template.database}", cell)

    def drop(self, cell, variant, server):
        return self.script(f"{CLIENTS}dropdb", cell)


class SideBySide(Peer):
    """Several at once, with the better strategy: which and how many is found by trying."""

    def create_variants(self, cell):
        return [Variant(s, n) for s in cell.server.strategies for n in cell.widths if n > 1]

    def drop_variants(self, cell):
        return [Variant("", n) for n in cell.widths if n > 1]


class Xargs(SideBySide):
    """The best by hand with the same two programs."""

    name, title = "xargs", "xargs -P, the best"

    def step(self, command, cell, variant, env):
        argv = ["xargs", "-n", "1", "-P", str(variant.jobs), *command]
        return Step(argv, env, "\n".join(cell.names))

    def create(self, cell, variant, server):
        env, word = words_of(variant.strategy)
        command = [CLIENTS + "createdb", "-T", cell.template.database, "-S", word]
        return self.step(command, cell, variant, env)

    def drop(self, cell, variant, server):
        return self.step([CLIENTS + "dropdb"], cell, variant, {})


class Psql(Peer):
    """One session, one statement after the other, with the better strategy."""

    name, title = "psql", "psql, \\gexec"

    def create_variants(self, cell):
        return [Variant(s) for s in cell.server.strategies]

    def step(self, statement, cell, env):
        argv = [CLIENTS + "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        names = f"unnest('{{{','.join(cell.names)}}}'::text[])"
        select = f"SELECT format('{statement}', name) FROM {names} AS name"
        return Step(argv, env, select + " \\gexec\n")

    def create(self, cell, variant, server):
        env, word = words_of(variant.strategy)
        source = cell.template.database
        return self.step(f"CREATE DATABASE %I TEMPLATE {source} STRATEGY {word}", cell, env)

    def drop(self, cell, variant, server):
        return self.step("DROP DATABASE %I", cell, {})


class PythonPeer(Peer):
    def __init__(self, name, title):
        self.name, self.title = name, title

    def step(self, verb, cell):
        argv = [sys.executable, PYTHON_PEER, self.name, verb, cell.template.database]
        return Step([*argv, str(cell.copies)], own_clock=True)

    def create(self, cell, variant, server):
        return self.step("create", cell)

    def drop(self, cell, variant, server):
        return self.step("drop", cell)


class ServerAlone(SideBySide):
    """The floor for every client: connections that are open already, and only the statements."""

    name, title = "server", "the server alone"

    def step(self, verb, cell, variant):
        env, word = words_of(variant.strategy)
        argv = [sys.executable, PYTHON_PEER, self.name, verb, cell.template.database]
        return Step([*argv, str(cell.copies), str(variant.jobs), word], env, own_clock=True)

    def create(self, cell, variant, server):
        return self.step("create", cell, variant)

    def drop(self, cell, variant, server):
        return self.step("drop", cell, variant)


class Copy(Peer):
    """The floor: the template's files copied without any server, once, times the copies."""

    name, title = "cp", "cp -r, the files only"
    makes_databases = False

    def step(self, command, cell, server):
        folder = shlex.quote(str(server.folder))
        sync = "" if "fsync=off" in cell.server.settings else f" && sync -f {folder}"
        argv = ["sh", "-c", f"cd {folder} && {command}{sync}"]
        return Step(argv, times=cell.copies, user=server.user)

    def create(self, cell, variant, server):
        oid = server.built[cell.template.name]["oid"]
        return self.step(f"cp -r data/base/{oid} bench-copy", cell, server)

    def drop(self, cell, variant, server):
        return self.step("rm -r bench-copy", cell, server)


def programs(program, versus):
    """The pgclone to measure, and the one to measure it against, if there is one."""
    others = [Pgclone(versus, "vs", "the other pgclone")] if versus else []
    return [Pgclone(program), *others]


def all_peers(program, versus):
    return [
        *programs(program, versus),
        Xargs(),
        Loop(),
        Psql(),
        PythonPeer("django", "Django's runner"),
        PythonPeer("fixture", "a fixture in each worker"),
        ServerAlone(),
        Copy(),
        Built(program),
        Sealed(program),
    ]
