"""A new user's way from each package to green parallel tests: what to type, and how long it takes.

/usr/bin/python3 tests/bench/newcomer.py [FOLDER]     FOLDER: what .github/packaging/build.sh made

Each way is gone on a copy of this machine, of which nothing stays, by root. The machine has what such a
user has: a project with tests, pytest and a driver, PostgreSQL's programs, and the package manager. For the
wheel the project's virtual environment is active. Prints a line for each command: package, seconds, command.
"""
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "integration"))
from support.root import Root  # noqa: E402

TESTS = "pgclone run --ephemeral --sql schema.sql --workers 2 -- pytest -n 2"
# The .rpm is for another distribution; Debian's rpm has to be told that one means it.
WAYS = {
    "deb": ["apt-get install -y ./pgclone_*.deb", TESTS],
    "rpm": ["rpm --install --nodeps --force-debian pgclone-*.rpm", TESTS],
    "tar.gz": ["tar -C /usr/local --strip-components 1 -xzf pgclone-*-linux-*.tar.gz", TESTS],
    "wheel": ["pip install ./pgclone-*.whl", TESTS],
    "npm": ["npm install ./pgclone-*.tgz", f"npx {TESTS}"],
}
PATH = "/project/.venv/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PREPARE = "cp -R /sample /project && cp /packages/*pgclone* /project/ && ! command -v pgclone"
VENV = "python3 -m venv --system-site-packages /project/.venv"


def sample(folder):
    """The project of a new user."""
    folder.mkdir()
    for path in (PROJECT / "tests" / "bench" / "newcomer").glob("*.py"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "schema.sql").write_bytes((PROJECT / "docs" / "quickstart" / "schema.sql").read_bytes())
    return folder


def walk(root, commands):
    """The seconds that each command took, and what the last one printed."""
    took = []
    for command in commands:
        start = time.monotonic()
        out = root("sh", "-ec", f"cd /project && {command}", env={"PATH": PATH})
        took.append(time.monotonic() - start)
    return took, out


def ways(packages, names=tuple(WAYS)):
    """(package, commands, seconds of each, output of the last) for each way."""
    with tempfile.TemporaryDirectory() as folder:
        project = sample(Path(folder) / "sample")
        for name in names:
            root = Root("/", packages, Path(folder) / "machine")
            try:
                root.beside("cp", "-R", str(project), f"{root.path}/sample")
                root("sh", "-ec", PREPARE, env={"PATH": PATH})
                if name == "wheel":
                    root("sh", "-ec", VENV)
                yield name, WAYS[name], *walk(root, WAYS[name])
            finally:
                root.close()


def main(folder=PROJECT / "build" / "packages"):
    for name, commands, took, _ in ways(folder):
        for command, seconds in zip(commands, took):
            print(f"{name}\t{seconds:.1f}\t{command}", flush=True)
        print(f"{name}\t{sum(took):.1f}\tin all")


if __name__ == "__main__":
    main(*sys.argv[1:])
