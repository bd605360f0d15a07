"""A project whose template is made from its files and a command, as the setting `build` says."""
import json
import re
import threading
import time
from contextlib import contextmanager

BASE = "shelf"
SCHEMA = """\
CREATE TABLE book (book_id integer PRIMARY KEY, title text NOT NULL);
INSERT INTO book VALUES (1, 'Moby-Dick'), (2, 'Bartleby'), (3, 'Frankenstein');
"""
# What a migration tool does: it notes that it ran, and fills the database that its environment names.
MIGRATE = """\
set -e
echo ran >>"${COUNTED:-ran.log}"
psql -Xq -v ON_ERROR_STOP=1 -c "INSERT INTO book VALUES (4, 'The Last Man')"
"""
LAST = "\npsql -Xq -v ON_ERROR_STOP=1 -c 'CREATE TABLE whole AS SELECT 1 AS yes'\n"


def lines(key, values):
    """A list of strings in YAML, which takes JSON's for its own."""
    return [f"  {key}:"] + [f"    - {json.dumps(value)}" for value in values]


class Project:
    """Call it with pgclone's arguments: pgclone runs in its folder, where pgclone.yaml is."""

    def __init__(self, pgclone, server, folder, base=BASE):
        self.pgclone, self.server, self.folder, self.base = pgclone, server, folder, base
        folder.mkdir(parents=True, exist_ok=True)

    # Its files

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def settings(self, sql=(), command=None, inputs=(), head=None):
        """pgclone.yaml, whose third line and those behind it are the recipe."""
        text = [f"template: {self.base}" if head is None else head, "build:"]
        if sql:
            text += lines("sql", sql)
        if isinstance(command, str):
            text.append(f"  command: {json.dumps(command)}")
        elif command:
            text += lines("command", command)
        if inputs:
            text += lines("inputs", inputs)
        self.write("pgclone.yaml", "\n".join(text) + "\n")
        return self

    def usual(self, migrate=MIGRATE, schema=SCHEMA):
        """A schema, a command that adds a row to it, and a folder of inputs."""
        self.write("schema.sql", schema)
        self.write("migrate.sh", migrate)
        self.write("migrations/0001.sql", "-- first\n")
        return self.settings(["schema.sql"], ["sh", "migrate.sh"], ["migrations", "migrate.sh"])

    def change(self):
        """Another migration, so that the template there is is not the current one any more."""
        number = len(list((self.folder / "migrations").iterdir())) + 1
        self.write(f"migrations/{number:04}.sql", f"-- {number}\n")

    # The program

    def start(self, *arguments, **options):
        return self.pgclone.start(*arguments, cwd=self.folder, **options)

    def finish(self, process, timeout=60):
        return self.pgclone.finish(process, timeout)

    def __call__(self, *arguments, timeout=60, **options):
        return self.finish(self.start(*arguments, **options), timeout)

    def ok(self, *arguments, **options):
        return self(*arguments, **options).expect(0)

    def build(self, *arguments, **options):
        """`template build`, which must make one template; its name."""
        before = self.templates()
        self.ok("template", "build", *arguments, **options)
        (name,) = self.templates() - before
        return name

    def builds_nothing(self, *arguments):
        before = self.templates()
        self.ok("template", "build", *arguments)
        assert self.templates() == before

    # What came of it

    def templates(self):
        pattern = re.compile(re.escape(self.base) + "_[0-9a-f]{12}")
        return {name for name in self.server.names() if pattern.fullmatch(name)}

    @property
    def runs(self):
        """How often the command ran."""
        log = self.folder / "ran.log"
        return log.read_text().count("ran\n") if log.exists() else 0

    def titles(self, database):
        return self.server.value("SELECT count(*) FROM book", database=database)

    def content(self, template, query="SELECT yes FROM whole"):
        """What a query says of a template, of which the superuser makes a copy for that."""
        self.server.run("CREATE DATABASE shelf_probe TEMPLATE {}", template)
        try:
            return self.server.value(query, database="shelf_probe")
        finally:
            self.server.run("DROP DATABASE shelf_probe")

    def mark(self, template):
        comment = self.server.comments()[template]
        assert comment.startswith("pgclone:{"), comment
        return json.loads(comment[len("pgclone:") :])


QUERY = """
SELECT d.datname, NOT d.datallowconn AND (d.datistemplate OR %s) AND coalesce(s.description, '') ~ %s
FROM pg_database d
LEFT JOIN pg_shdescription s ON s.objoid = d.oid AND s.classoid = 'pg_database'::regclass
WHERE d.datname ~ %s
"""


class TemplateWatcher:
    """While it looks, whatever bears a template's name is sealed and marked, at every look. Only what is
    about to be dropped (`drops`) is no template any more."""

    def __init__(self, project, drops):
        self.drops, self.server, self.pattern = drops, project.server, f"^{project.base}_[0-9a-f]{{12}}$"
        self.looks, self.seen, self.half_made = 0, set(), set()

    def look(self, cursor):
        cursor.execute(QUERY, (self.drops, '^pgclone:{.*"use": ?"template"', self.pattern))
        for name, whole in cursor.fetchall():
            self.seen.add(name)
            if not whole:
                self.half_made.add(name)
        self.looks += 1

    def watch(self, stop):
        with self.server.session() as connection, connection.cursor() as cursor:
            cursor.execute("SET log_statement = 'none'")
            while not stop.is_set():
                self.look(cursor)
                time.sleep(0.001)
            self.look(cursor)


def kill(process):
    """kill -9 of pgclone alone: what its command has started may live on, and holds the pipes."""
    process.kill()
    process.wait(10)
    for pipe in (process.stdout, process.stderr):
        pipe.close()


@contextmanager
def watched(project, drops=False):
    watcher, stop = TemplateWatcher(project, drops), threading.Event()
    thread = threading.Thread(target=watcher.watch, args=(stop,))
    thread.start()
    try:
        yield watcher
    finally:
        stop.set()
        thread.join()
    assert watcher.looks > 10, "the watcher hardly looked"
    assert not watcher.half_made, f"not sealed or not marked at some moment: {watcher.half_made}"
