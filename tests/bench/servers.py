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
IMAGE_BYTES = 24 * 2**30
MAKE_XFS = ("mkfs.xfs", "-q", "-m", "reflink=1")
# Without lazy initialisation, which would go on in the background of what is measured.
MAKE_EXT4 = ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0")
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
def mounted_folder(make):
    """A fresh file system in a file, without the host's page cache under it."""
    with scratch_folder(DISK) as folder:
        image, mount = folder / "image", folder / "mount"
        mount.mkdir()
        with open(image, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, IMAGE_BYTES)
        subprocess.run([*make, str(image)], check=True, stdout=subprocess.DEVNULL)
        device = subprocess.run(
            ["losetup", "--find", "--show", "--direct-io=on", str(image)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()
        try:
            subprocess.run(["mount", device, str(mount)], check=True)
            yield mount
        finally:
            if mount.is_mount():
                subprocess.run(["umount", str(mount)], check=True)
            subprocess.run(["losetup", "--detach", device], check=True)


def folders_for(place):
    """Where a server's files go, and how that is called in the report.

    A disk is Debian's usual ext4, with a journal. A host's own file system may lack it, as in many
    virtual machines; then the kernel avoids recently deleted inodes, and making files takes several
    times as long for a minute after others were removed, whoever makes them.
    """
    if place == "memory" and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        return scratch_folder(MEMORY), "RAM disk"
    if place == "xfs":
        return mounted_folder(MAKE_XFS), "XFS with reflink in a loop-mounted file"
    if can_mount():
        return mounted_folder(MAKE_EXT4), "ext4 in a loop-mounted file"
    return scratch_folder(DISK), f"disk ({file_system(DISK)})"


@contextlib.contextmanager
def running(kind):
    """Starts a server of that kind; ends it and removes all that it wrote at the end."""
    folders, place = folders_for(kind.place)
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
