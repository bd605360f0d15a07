"""Throw-away servers, each in a folder of its own, ended and removed on the way out."""

import contextlib
import os
import pathlib
import pwd
import shlex
import subprocess

import psycopg2

import disks

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"

# server.sh tunes for tests; these are PostgreSQL's own defaults again.
STOCK = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")


def support(script, *arguments):
    """Runs a script of tests/support and returns what it printed. A signal waits for its end: a
    server that is half started could not be ended."""
    with subprocess.Popen(
        ["bash", str(SUPPORT / script), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        output = process.communicate()[0]
    if process.returncode != 0:
        raise RuntimeError(f"{script} {arguments[0]} ended with {process.returncode}")
    return output


class Server:
    def __init__(self, kind, folder, place):
        self.kind = kind
        self.place = place
        self.folder = folder
        self.built = {}  # what templates.build() told of each template, by its name
        bindir = support("postgres.sh", kind.major).strip()
        settings = [word for s in (*STOCK, *kind.settings) for word in ("--set", s)]
        lines = support("server.sh", "start", folder, "--bindir", bindir, *settings)
        facts = dict(word.split("=", 1) for word in shlex.split(lines))
        self.user = pathlib.Path(folder).owner()
        self.env = {
            "PGHOST": facts["HOST"],
            "PGPORT": facts["PORT"],
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
        }
        self.version = self.sql("SHOW server_version")[0][0]

    @contextlib.contextmanager
    def session(self, database):
        connection = psycopg2.connect(
            host=self.env["PGHOST"], port=self.env["PGPORT"], user="postgres", dbname=database
        )
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()

    def sql(self, statement):
        with self.session("postgres") as session:
            session.execute(statement)
            return session.fetchall() if session.description else []

    def database_folder(self, oid):
        return self.folder / "data" / "base" / str(oid)

    def settle(self):
        """So that nobody pays for what the one before left dirty."""
        self.sql("CHECKPOINT")
        subprocess.run(["sync", "-f", str(self.folder)], check=True)

    @property
    def description(self):
        settings = ", ".join(self.kind.settings) or "stock settings"
        return f"PostgreSQL {self.version.split()[0]}, {settings}, {self.place}"


@contextlib.contextmanager
def running(kind):
    """Starts a server of that kind; ends it and removes all that it wrote at the end."""
    folders, place = disks.folders_for(kind.place)
    with folders as parent:
        folder = parent / kind.name
        try:
            yield Server(kind, folder, place)
        finally:
            support("server.sh", "stop", folder)


def ids_of(user):
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid}
