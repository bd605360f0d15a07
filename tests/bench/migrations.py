"""Measures the databases of four workers with a real project's migrations in them: by `pgclone create`
with `build`, and by `manage.py migrate` for each. migrations.sh installs what this needs."""

import argparse
import os
import pathlib
import shlex
import shutil
import statistics
import sys
import tempfile

import bench
import cells
import machine
import servers
from tables import row
from trial import Step, run_process

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = [f"wagtail_gw{n}" for n in range(4)]
ADDED = "shop/migrations/0002_product_price.py"
RUNS = ("first run", "second run", "one migration added")
WAYS = {
    "pgclone": "`pgclone create -w 4`",
    "beside": "`migrate` into 4 new databases, side by side",
    "after": "`migrate` into 4 new databases, one after the other",
    "kept": "`migrate` into 4 databases that are kept, side by side",
}
MIGRATE = 'PGDATABASE=$1 DATABASE_URL="postgresql:///$1" python manage.py migrate --noinput -v 0'
LOOPS = {
    "beside": f"""
        migrate() {{ {MIGRATE}; }}
        for name in "$@"; do createdb "$name" && migrate "$name" & pids="$pids $!"; done
        for pid in $pids; do wait "$pid" || exit; done""",
    "after": f"""
        migrate() {{ {MIGRATE}; }}
        for name in "$@"; do createdb "$name" && migrate "$name" || exit; done""",
    "kept": f"""
        migrate() {{ {MIGRATE}; }}
        have=$(psql -AtXc 'SELECT datname FROM pg_database')
        for name in "$@"; do
            {{ echo "$have" | grep -qx "$name" || createdb "$name"; }} && migrate "$name" & pids="$pids $!"
        done
        for pid in $pids; do wait "$pid" || exit; done""",
}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="migrations.sh", description=__doc__)
    add = parser.add_argument
    add("--server", default="pg15", choices=[kind.name for kind in cells.SERVERS])
    add("--rounds", type=int, default=3, help="how often (default: 3)")
    add("--program", metavar="FILE", default=bench.PROGRAM, help="the pgclone to measure")
    parser.set_defaults(vs=None)
    return parser.parse_args()


class Project:
    """A copy of the project, without its last migration at first, on an empty server."""

    def __init__(self, folder, server, program):
        self.folder, self.server, self.program = folder, server, program
        shutil.copytree(HERE / "wagtail", folder)
        (folder / ADDED).unlink()
        python = os.path.dirname(os.environ["WAGTAIL_PYTHON"])
        self.env = {**server.env, "PATH": f"{python}:{os.environ['PATH']}"}

    def run(self, *words):
        line = shlex.join(["cd", str(self.folder)]) + " && " + shlex.join(["exec", *words])
        return run_process(Step(["sh", "-c", line]), self.env)

    def add_the_migration(self):
        shutil.copy(HERE / "wagtail" / ADDED, self.folder / ADDED)

    def measure(self, way):
        """One run, in seconds."""
        if way == "pgclone":
            words = [self.program, "create", "-q", "-w", str(len(WORKERS))]
        else:
            words = ["sh", "-c", "pids=\n" + LOOPS[way], "sh", *WORKERS]
        self.server.settle()
        seconds = self.run(*words).seconds
        self.check()
        return seconds

    def check(self):
        """Whatever the way, everything is in each database. What a squashed migration replaces is noted
        there, too, so that there are more rows than migrations."""
        expected = len(list((self.folder / "shop" / "migrations").glob("0*.py")))
        for name in WORKERS:
            with self.server.session(name) as session:
                session.execute("SELECT count(*), sum((app = 'shop')::int) FROM django_migrations")
                found, own = session.fetchall()[0]
            if found < 100 or own != expected:
                raise RuntimeError(f"{name} has {found} migrations, {own} of them of {expected}")

    def migrations(self):
        """How many `migrate` runs on an empty database."""
        words = ["env", "DATABASE_URL=postgresql:///postgres", "python", "manage.py", "showmigrations", "--plan"]
        return sum(line.startswith("[") for line in self.run(*words).output.splitlines())

    def clear(self):
        rows = self.server.sql("SELECT datname FROM pg_database WHERE datname LIKE 'wagtail%'")
        for (name,) in rows:
            self.server.sql(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
            self.server.sql(f'DROP DATABASE "{name}"')


def measure_way(server, program, way):
    """Seconds of the three runs. What a test run would drop is dropped between them, off the clock."""
    measured = []
    with tempfile.TemporaryDirectory(prefix="pgclone-bench-") as parent:
        project = Project(pathlib.Path(parent) / "wagtail", server, program)
        try:
            for name in RUNS:
                if name == RUNS[-1]:
                    project.add_the_migration()
                measured.append(project.measure(way))
                if way == "pgclone":
                    project.run(program, "drop", "-q", "--all")
                elif way != "kept":
                    project.clear()
            migrations = project.migrations()
        finally:
            project.clear()
    bench.log(f"{way}: " + ", ".join(f"{seconds:.3f} s" for seconds in measured))
    return measured, migrations


def main():
    arguments = parse_arguments()
    bench.stop_on_signals()
    kind = cells.server_kind(arguments.server)
    measured = {way: [] for way in WAYS}
    with servers.running(kind) as server:
        for _ in range(arguments.rounds):
            for way in WAYS:
                seconds, migrations = measure_way(server, arguments.program, way)
                measured[way].append(seconds)
        description = server.description
    for name, value in machine.describe(arguments, machine.PSYCOPG2).items():
        print(f"- {name}: {value}")
    versions = (HERE / "wagtail" / "requirements.txt").read_text().split()
    print("- migrations:", migrations, "of", next(one for one in versions if "wagtail==" in one))
    print(f"- {kind.name}: {description}")
    print(f"- command: `{shlex.join(['tests/bench/migrations.sh', *sys.argv[1:]])}`\n")
    print(row(["", *RUNS]))
    print(row(["---", *["--:"] * len(RUNS)]))
    for way, title in WAYS.items():
        medians = [statistics.median(column) for column in zip(*measured[way])]
        print(row([title, *(f"{seconds:.2f} s" for seconds in medians)]))


if __name__ == "__main__":
    main()
