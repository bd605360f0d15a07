"""A throw-away PostgreSQL server, and what tests ask of its catalog and log."""
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_statement": "all",
    "log_connections": "on",
    "log_line_prefix": "%p|%u|%d|",
    "lc_messages": "C",
    "password_encryption": "scram-sha-256",  # not yet the default in PostgreSQL 13
}


@dataclass(frozen=True)
class Statement:
    """A statement as the server logged it."""

    pid: int
    user: str
    database: str
    text: str


@dataclass(frozen=True)
class Database:
    """A row of pg_database with what belongs to it."""

    owner: str
    comment: str
    acl: tuple
    connection_limit: int
    allows_connections: bool
    is_template: bool
    settings: tuple


def url_for(user, database, *, host, port=None, password=None, query=""):
    """A connection URL with everything percent-encoded; a host that is a path goes to the query."""
    text = "postgresql://"
    if user is not None:
        text += quote(user, safe="")
        if password is not None:
            text += ":" + quote(password, safe="")
        text += "@"
    parts = [query] if query else []
    if host.startswith("/"):
        parts.insert(0, "host=" + quote(host, safe=""))
        if port is not None:
            parts.insert(1, f"port={port}")
    else:
        text += host + (f":{port}" if port is not None else "")
    text += "/" + quote(database or "", safe="")
    return text + ("?" + "&".join(parts) if parts else "")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_account():
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


class Server:
    """Lives in `folder`; the socket trusts everybody, 127.0.0.1 asks for passwords (scram)."""

    def __init__(self, bindir, folder, settings=None):
        self.bindir, self.folder = str(bindir), str(folder)
        self.data = os.path.join(self.folder, "data")
        self.socket = os.path.join(self.folder, "s")
        self.logfile = os.path.join(self.folder, "log")
        self.port = free_port()
        self.settings = {**THROW_AWAY, **(settings or {})}
        self.process = None
        self.account = server_account()
        os.makedirs(self.socket, mode=0o700)
        self._own(self.folder)
        self._own(self.socket)

    def _own(self, path):
        os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _as_account(self, *command):
        """The command line that runs `command` unprivileged, and never longer than these tests."""
        line = ["setpriv", "--pdeathsig", "INT"]
        if os.getuid() == 0:
            line += ["--reuid", self.account.pw_name, "--regid", str(self.account.pw_gid)]
            line += ["--init-groups"]
        return [*line, "--", *command]

    def initialize(self, template=None):
        """Makes the data folder, by initdb or as a copy of another server's."""
        if template:
            subprocess.run(["cp", "-a", template, self.data], check=True)
            return
        subprocess.run(
            self._as_account(
                f"{self.bindir}/initdb", "-D", self.data, "-U", "postgres", "-A", "trust",
                "-E", "UTF8", "--no-locale", "--no-sync",
            ),
            check=True, cwd="/", stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with open(os.path.join(self.data, "pg_hba.conf"), "w") as hba:
            hba.write(HBA)

    def start(self):
        options = {
            "unix_socket_directories": self.socket,
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            **self.settings,
        }
        command = [f"{self.bindir}/postgres", "-D", self.data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with open(self.logfile, "ab") as log:
            self.process = subprocess.Popen(
                self._as_account(*command), cwd="/", stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
                return
            except psycopg2.OperationalError as problem:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server did not start:\n{self.log()}") from problem
                time.sleep(0.02)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(10)

    def crash(self, pause=0):
        """Ends every process of the server at once, and starts it again after `pause` seconds."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)
        time.sleep(pause)
        self.start()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Connections

    def url(self, database="", user="tester", password=None, tcp=False, query=""):
        if tcp:
            host = "127.0.0.1"
        else:
            host = self.socket
        return url_for(user, database, host=host, port=self.port, password=password, query=query)

    def connect(self, database="postgres", user="postgres", **options):
        connection = psycopg2.connect(
            host=self.socket, port=self.port, dbname=database, user=user, **options
        )
        connection.autocommit = True
        return connection

    @contextmanager
    def session(self, database="postgres", user="postgres", **options):
        """A connection that is open for the length of the block."""
        connection = self.connect(database, user, **options)
        try:
            yield connection
        finally:
            connection.close()

    def query(self, text, args=None, database="postgres", user="postgres"):
        """Runs one statement; the rows it gives, or None."""
        with self.session(database, user) as connection, connection.cursor() as cursor:
            cursor.execute(text, args)
            return cursor.fetchall() if cursor.description else None

    def run(self, text, *names, database="postgres", user="postgres"):
        """Runs one statement, with each {} replaced by a quoted identifier."""
        return self.query(
            sql.SQL(text).format(*map(sql.Identifier, names)), database=database, user=user
        )

    def value(self, text, args=None, database="postgres", user="postgres"):
        return self.query(text, args, database, user)[0][0]

    # Roles and databases

    def create_role(self, name, options="LOGIN", password=None):
        self.run(f"CREATE ROLE {{}} {options}", name)
        if password is not None:
            self.query(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(name), sql.Literal(password)
                )
            )

    def create_database(self, name, owner="tester", sql_text=None):
        self.run("CREATE DATABASE {} OWNER {}", name, owner)
        if sql_text:
            self.query(sql_text, database=name, user=owner)

    def set_comment(self, name, comment):
        self.query(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(name), sql.Literal(comment)
            )
        )

    def drop_databases(self, names):
        with self.session() as connection, connection.cursor() as cursor:
            for name in names:
                target = sql.Identifier(name)
                cursor.execute(
                    "SELECT datistemplate, datconnlimit FROM pg_database WHERE datname = %s", (name,)
                )
                found = cursor.fetchone()
                if found and found[0] and found[1] != -2:
                    cursor.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(target))
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target))

    def names(self):
        return {row[0] for row in self.query("SELECT datname FROM pg_database")}

    def comments(self):
        """Every database's comment by its name; "" where it has none."""
        return dict(
            self.query(
                "SELECT datname, coalesce(description, '') FROM pg_database d LEFT JOIN"
                " pg_shdescription s ON s.objoid = d.oid AND s.classoid = 'pg_database'::regclass"
            )
        )

    def catalog(self):
        """Everything the server says about its databases, to compare before and after."""
        settings = {}
        for name, role, options in self.query(
            "SELECT datname, coalesce(rolname, ''), setconfig FROM pg_db_role_setting s"
            " JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole"
        ):
            settings.setdefault(name, []).extend((role, option) for option in options)
        comments = self.comments()
        return {
            row[0]: Database(
                owner=row[1],
                comment=comments.get(row[0], ""),
                acl=tuple(sorted(row[2] or ())),
                connection_limit=row[3],
                allows_connections=row[4],
                is_template=row[5],
                settings=tuple(sorted(settings.get(row[0], ()))),
            )
            for row in self.query(
                "SELECT datname, pg_get_userbyid(datdba), datacl::text[], datconnlimit,"
                " datallowconn, datistemplate FROM pg_database"
            )
        }

    @contextmanager
    def unchanged(self):
        """The block leaves every database as it was, and adds none."""
        before = self.catalog()
        yield
        assert self.catalog() == before

    @contextmanager
    def unchanged_databases(self, names):
        """The block leaves these databases as they were."""
        before = self.catalog()
        yield
        now = self.catalog()
        assert [now.get(name) for name in names] == [before[name] for name in names]

    # The log

    def log(self):
        with open(self.logfile, encoding="utf-8", errors="replace") as log:
            return log.read()

    def log_position(self):
        return os.path.getsize(self.logfile)

    def log_since(self, position):
        with open(self.logfile, "rb") as log:
            log.seek(position)
            return log.read().decode("utf-8", "replace")

    def statements(self, position=0, user=None):
        """The statements logged since `position`, in order."""
        pattern = re.compile(
            r"^(\d+)\|([^|\n]*)\|([^|\n]*)\|LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)",
            re.MULTILINE,
        )
        found = [
            Statement(int(pid), who, database, text.replace("\n\t", "\n"))
            for pid, who, database, text in pattern.findall(self.log_since(position))
        ]
        return [entry for entry in found if user is None or entry.user == user]

    def databases_connected_to(self, position, user):
        """The databases that `user` opened connections to since `position`."""
        pattern = re.compile(r"connection authorized: user=(\S+) database=(.*?)(?: application_name=.*)?$", re.M)
        return {
            database
            for who, database in pattern.findall(self.log_since(position))
            if who == user
        }
