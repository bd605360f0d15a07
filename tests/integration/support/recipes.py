"""The projects of the recipes: their tests under `pgclone run`, serially, and where all workers share one database."""
import json
import re
from pathlib import Path

from .pages import shown_on
from .pgclone import Pgclone

RUN_ID = "r1"
PROJECTS = Path(__file__).resolve().parents[1] / "runners" / "recipes"


class Recipe:
    """A copy of a project, whose template is `library`. `environment` is what its programs need beyond PATH."""

    def __init__(self, folder, environment, pgclone, server):
        self.folder, self.pgclone, self.server = folder, pgclone, server
        self.environment = {
            **environment,
            # By TCP and with a password that a URL has to escape, as in CI.
            "PGCLONE_SERVER": server.url("library", password="secret word", tcp=True),
        }
        self.position = server.log_position()
        self.before = server.names()

    def add(self, **variables):
        self.environment.update(variables)
        return self

    def link(self, name, target):
        (self.folder / name).symlink_to(target)
        return self

    def replace(self, file, old, new):
        text = (self.folder / file).read_text()
        assert old in text, f"{file} has no {old!r} that could be changed"
        (self.folder / file).write_text(text.replace(old, new))

    def program(self, *command, **variables):
        """Runs a command that is not pgclone, in the project's folder."""
        run = Pgclone(command[0], self.pgclone.folder)
        return run(*command[1:], cwd=self.folder, env={**self.environment, **variables}, timeout=300)

    def in_run(self, *command, workers=2, options=(), **variables):
        """Under `pgclone run`, which leaves nothing but the template that it has built."""
        result = self.program(
            self.pgclone.binary, "run", "--run-id", RUN_ID, "-w", str(workers), *options, "--", *command, **variables
        )  # fmt: skip
        left = self.server.names() - self.before
        assert all(re.fullmatch("library_[0-9a-f]{12}", name) for name in left), f"left: {left}\n{result}"
        return result

    def workers(self):
        """The workers in whose databases somebody has been."""
        used = self.server.databases_connected_to(self.position, "tester")
        return {name.removeprefix(f"library_{RUN_ID}_") for name in used if name.startswith(f"library_{RUN_ID}_")}

    def serially(self, *command, migrate=None, **variables):
        """In local mode: one worker, and the configured database as it is, made by the shell's command `migrate` or
        from the schema."""
        self.server.create_database("library", sql_text=None if migrate else (PROJECTS / "schema.sql").read_text())
        if migrate:
            self.program("sh", "-c", migrate).expect(0)
        names = self.server.names()
        result = self.program(self.pgclone.binary, "run", "--no-create", "-w", "1", "--", *command, **variables)
        assert self.server.names() == names
        return result

    def on_one_database(self, *command, workers=2, **variables):
        """All workers are told one database, so that a suite which is worth anything fails."""
        made = self.program(self.pgclone.binary, "create", "-w", str(workers), "--format", "json").expect(0).json
        entries = made["databases"]
        for entry in entries:
            entry["url"] = entries[0]["url"]
            name = re.sub("[^A-Z0-9]", "_", (entry["worker"] or "1").upper())
            variables[f"PGCLONE_URL_{name}"] = entry["url"]
        manifest = self.folder.parent / "manifest.json"
        manifest.write_text(json.dumps(made))
        return self.program(*command, PGCLONE_MANIFEST=str(manifest), PGCLONE_WORKERS=str(workers), **variables)


def check_page(page, *files):
    """The page shows these files, as they are."""
    shown = dict(shown_on(page, "recipes"))
    assert set(shown) == set(files)
    for name, text in shown.items():
        assert text == (PROJECTS / name).read_text(), f"the page's {name} is another"


def passes(result, *says):
    output = result.stdout + result.stderr
    assert result.code == 0, output[-6000:]
    for text in says:
        assert text in output, output[-6000:]


def fails(result, *says):
    """A test failed, for what these texts say."""
    output = result.stdout + result.stderr
    assert result.code not in (0, 125, 126, 127), output[-6000:]
    for text in says:
        assert re.search(text, output), output[-6000:]
