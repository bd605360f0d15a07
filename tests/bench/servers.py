"""Throw-away servers, each in a folder of its own, ended and removed on the way out."""

import contextlib
import os
import pathlib
import pwd
import shlex
import shutil
import subprocess
import tempfile

import psycopg2

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
MEMORY = pathlib.Path("/dev/shm")
DISK = pathlib.Path("/var/tmp")
XFS_BYTES = 24 * 2**30
MEMORY_BYTES = 12 * 2**30  # 64 copies of 144 MB, and the write-ahead log

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


def file_system(path):
    return subprocess.run(
        ["findmnt", "-n", "-o", "FSTYPE", "-T", str(path)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()


@contextlib.contextmanager
def scratch_folder(parent):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pgclone-bench-", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def xfs_folder():
    """A file system with reflinks, in a file; only root can mount one."""
    with scratch_folder(DISK) as folder:
        image, mount = folder / "xfs.img", folder / "xfs"
        mount.mkdir()
        with open(image, "wb") as file:
            file.truncate(XFS_BYTES)
        subprocess.run(["mkfs.xfs", "-q", "-m", "reflink=1", str(image)], check=True)
        try:
            subprocess.run(["mount", "-o", "loop,discard", str(image), str(mount)], check=True)
            yield mount
        finally:
            if mount.is_mount():
                subprocess.run(["umount", str(mount)], check=True)


@contextlib.contextmanager
def running(kind):
    """Starts a server of that kind; ends it and removes all that it wrote at the end."""
    if kind.place == "xfs":
        folders, place = xfs_folder(), "XFS with reflink in a loop-mounted file"
    elif kind.place == "memory" and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        folders, place = scratch_folder(MEMORY), "RAM disk"
    else:
        folders, place = scratch_folder(DISK), f"disk ({file_system(DISK)})"
    with folders as parent:
        folder = parent / kind.name
        try:
            yield Server(kind, folder, place)
        finally:
            support("server.sh", "stop", folder)


def can_mount():
    return os.geteuid() == 0


def ids_of(user):
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid}
