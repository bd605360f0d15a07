"""The recipes of docs/recipes/templates.md: real migration tools make a template, once for each content.

Each project in migrations/ has three migrations. The last of them is put aside at first, and counts as
the one that somebody adds. A program of the tool's name, first in PATH, notes that it was called, and
goes on as the tool itself.
"""
import os
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from support.installed import installed, venv
from support.machine import unavailable
from support.pages import shown_on

HERE = Path(__file__).resolve().parent / "migrations"
COLUMNS = (
    "SELECT table_name || '.' || column_name FROM information_schema.columns"
    " WHERE table_schema = 'public' ORDER BY 1"
)


def test_the_page_shows_the_settings_that_are_used_here():
    shown = dict(shown_on("templates.md", "migrations"))
    assert set(shown) == {f"{path.parent.name}/pgclone.yaml" for path in HERE.glob("*/pgclone.yaml")}
    for name, text in shown.items():
        assert text == (HERE / name).read_text(), f"the page's {name} is another"


# -------------------------------------------------------------------------------------- the tools


def node_modules(name):
    # dbmate depends on one package for each platform, and npm's lock has only those that it could see.
    locked = (HERE / name / "package-lock.json").exists()
    files = ("package.json", "package-lock.json")[: 1 + locked]

    def command(folder):
        for file in files:
            shutil.copy(HERE / name / file, folder)
        words = ["ci"] if locked else ["install", "--no-package-lock"]
        return ["npm", *words, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]

    return installed(f"{name}-node", HERE / name / files[-1], command) / "node_modules"


def golang_migrate():
    script = HERE / "golang-migrate" / "install.sh"

    def command(folder):
        settings = [f"GOPATH={folder}", f"GOCACHE={folder}/built", "GOTOOLCHAIN=local", "GOFLAGS=-modcacherw",
                    "CGO_ENABLED=0"]  # fmt: skip
        return ["env", *settings, "sh", str(script)]

    return installed("golang-migrate", script, command) / "bin"


def maven():
    """The options with which Maven finds all it needs in a folder of ours, and asks nobody."""
    pom = HERE / "flyway" / "pom.xml"

    def command(folder):
        # The driver is looked for before the server is, so that everything is there when it is refused.
        goal = "mvn -B -q -Dmaven.repo.local={} -f {} flyway:info -Dflyway.url=jdbc:postgresql://127.0.0.1:1/"
        line = goal.format(shlex.quote(f"{folder}/repository"), shlex.quote(str(pom)))
        return ["sh", "-c", f"{line} 2>&1 | grep -q 'Unable to obtain connection'"]

    return f"-o -Dmaven.repo.local={installed('flyway', pom, command)}/repository"


def program(name, hint):
    found = shutil.which(name)
    if found is None:
        unavailable(f"there is no {name}: {hint}")
    return found


# ----------------------------------------------------------------------------------- the projects


class Project:
    """A copy of a project, whose last migration is put aside."""

    def __init__(self, name, last, folder, pgclone, server):
        self.folder, self.pgclone, self.server = folder / name, pgclone, server
        shutil.copytree(HERE / name, self.folder)
        self.last, self.aside = self.folder / last, folder / "aside"
        self.last.rename(self.aside)
        self.settings = None
        self.bin, self.calls = folder / "bin", folder / "calls"
        self.bin.mkdir()
        self.calls.touch()
        self.env = {
            "PATH": f"{self.bin}:{os.path.dirname(pgclone.binary)}:{os.environ['PATH']}",
            # By TCP and with a password, since some drivers know no sockets; lib/pq insists on TLS.
            "PGCLONE_SERVER": server.url("circ", password="secret word", tcp=True, query="sslmode=disable"),
            "CI": "true",
        }

    def count(self, tool, real):
        """Whoever calls the tool finds a script that notes it."""
        script = self.bin / tool
        script.write_text(f'#!/bin/sh\necho called >>{shlex.quote(str(self.calls))}\nexec {real} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    def built(self):
        """How often the template has been built."""
        return len(self.calls.read_text().splitlines())

    def run(self, *arguments):
        return self.pgclone.ok(*arguments, cwd=self.folder, env=self.env, timeout=300)

    def create(self):
        """The columns that both workers' databases have, which must be the same."""
        names = [row[1] for row in self.run("create", "-w", "2").rows]
        first, second = (self.server.query(COLUMNS, database=name) for name in names)
        assert first == second
        return [column for (column,) in first]

    def add_the_last_migration(self):
        self.aside.rename(self.last)
        if self.settings is not None:
            (self.folder / "pgclone.yaml").write_text(self.settings)


@pytest.fixture
def project(server, pgclone, tmp_path):
    def copy(name, last):
        return Project(name, last, tmp_path, pgclone, server)

    return copy


def check(project, published, *test, says):
    """A template is made once for each content, and what the project's tests need is in it."""
    columns = project.create()
    assert published not in columns and published.replace("published", "title") in columns
    assert project.built() == 1
    for path in project.folder.rglob("*"):
        os.utime(path)
    assert project.create() == columns
    assert project.built() == 1, "the same content was built again"
    project.add_the_last_migration()
    assert published in project.create()
    assert project.built() == 2
    result = project.run("run", "-w", "2", "--", *test)
    assert says in result.stdout, str(result)
    states = [row[2] for row in project.run("template", "list").rows]
    assert sorted(states) == ["current", "old"]


PYTEST = ["-B", "-m", "pytest", "-p", "no:cacheprovider", "-n", "2"]


def test_django_migrates_once(project):
    python = venv("django", HERE / "django" / "requirements.txt") / "python"
    django = project("django", "library/migrations/0003_book_published.py")
    django.count("python", python)
    check(django, "book.published", str(python), *PYTEST, says="3 passed")


def test_alembic_upgrades_once(project):
    programs = venv("alembic", HERE / "alembic" / "requirements.txt")
    alembic = project("alembic", "migrations/versions/9b42_book_published.py")
    alembic.count("alembic", programs / "alembic")
    check(alembic, "book.published", str(programs / "python"), *PYTEST, says="2 passed")


def test_rails_migrates_once(project):
    ruby = program("ruby", "Debian's ruby-railties has it")
    gems = "require 'logger'; require 'rails'; require 'active_record/railtie'; require 'pg'"
    if subprocess.run([ruby, "-e", gems], capture_output=True).returncode != 0:
        unavailable("there is no Rails: Debian's ruby-railties, ruby-activerecord and ruby-pg have it")
    rails = project("rails", "db/migrate/20240103000000_add_published_to_books.rb")
    rails.count("ruby", ruby)
    check(rails, "books.published", ruby, "test/library_test.rb", says="1 runs, 1 assertions, 0 failures")


def test_prisma_migrates_once(project):
    modules = node_modules("prisma")
    prisma = project("prisma", "prisma/migrations/20240103000000_book_published")
    (prisma.folder / "node_modules").symlink_to(modules)
    prisma.env["CHECKPOINT_DISABLE"] = "1"  # else it asks its maker for a newer version
    prisma.count("npx", program("npx", "Debian's npm has it"))
    check(prisma, "book.published", "node", "--test", says="pass 1")


SQL_TEST = ["sh", str(HERE / "test.sh")]


def test_dbmate_migrates_once(project):
    modules = node_modules("dbmate")
    dbmate = project("dbmate", "db/migrations/20240103000000_book_published.sql")
    (dbmate.folder / "node_modules").symlink_to(modules)
    dbmate.count("npx", program("npx", "Debian's npm has it"))
    check(dbmate, "book.published", *SQL_TEST, says="ok test.sh")


def test_golang_migrate_migrates_once(project):
    program("go", "Debian's golang-go has it")
    programs = golang_migrate()
    migrate = project("golang-migrate", "migrations/000003_book_published.up.sql")
    migrate.count("migrate", programs / "migrate")
    check(migrate, "book.published", *SQL_TEST, says="ok test.sh")


def test_flyway_migrates_once(project):
    mvn = program("mvn", "Debian's maven has it")
    flyway = project("flyway", "migrations/V3__book_published.sql")
    flyway.count("mvn", f"{mvn} {maven()}")
    check(flyway, "book.published", *SQL_TEST, says="ok test.sh")


def test_sqlx_migrates_once(project):
    """Where somebody has installed it: to compile it takes minutes."""
    if shutil.which("sqlx") is None:
        pytest.skip("there is no sqlx: cargo install sqlx-cli --no-default-features --features rustls,postgres")
    sqlx = project("sqlx", "migrations/20240103000000_book_published.sql")
    sqlx.count("sqlx", shutil.which("sqlx"))
    check(sqlx, "book.published", *SQL_TEST, says="ok test.sh")


def test_sql_files_alone_make_a_template_once(project):
    sql = project("sql", "published.sql")
    settings = sql.folder / "pgclone.yaml"
    sql.settings = settings.read_text()
    settings.write_text(sql.settings.replace(", published.sql", ""))
    sql.count("psql", program("psql", "Debian's postgresql-client has it"))
    check(sql, "book.published", *SQL_TEST, says="ok test.sh")
