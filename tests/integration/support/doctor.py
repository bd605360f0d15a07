"""A patient for `pgclone doctor`: a server, settings, a fault, and a fix that is pasted."""
import os
import subprocess
from pathlib import Path


class Patient:
    """Settings are variables and a file in `folder`, as a user has them; the fix changes either."""

    def __init__(self, pgclone, server, folder):
        self.pgclone, self.server, self.folder = pgclone, server, folder
        self.env = {"PGCLONE_TEMPLATE": "circ", "PGCLONE_WORKERS": "3", "PGCLONE_WAIT": "0"}
        self.arguments = []
        self.at_end = []
        self.restarts = False
        self.use(server)

    def use(self, server, user="tester", database="circ"):
        self.server = server
        self.env["PGCLONE_SERVER"] = server.url(database, user=user)

    def doctor(self):
        return self.pgclone(
            "doctor", "--format", "json", *self.arguments, server=None, env=self.env, cwd=self.folder
        )

    def create(self):
        return self.pgclone("create", "--dry-run", server=None, env=self.env, cwd=self.folder)

    def paste(self, finding):
        """Into psql as the superuser, whom every fix is for or who may do it as well; or into a shell."""
        if finding["fix_in"] == "psql":
            self._paste_psql(finding["fix"])
        else:
            self._paste_shell(finding["fix"])
        if self.restarts:
            self.server.stop()
            for name in self.restarts:
                self.server.settings.pop(name, None)
            self.server.start()

    def _paste_psql(self, commands):
        subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.server.socket, "-p",
             str(self.server.port), "-U", "postgres", "-d", "postgres"],
            input=commands, text=True, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _paste_shell(self, commands):
        folder = Path(self.pgclone.binary).parent
        env = self.pgclone.environment(None, self.env)
        env["PATH"] = f"{folder}:{env['PATH']}"
        known = set(env)
        shell = subprocess.run(
            ["bash", "-ec", f"{commands}\nenv -0"], env=env, cwd=self.folder, capture_output=True, check=True
        )
        after = dict(
            os.fsdecode(entry).split("=", 1) for entry in shell.stdout.split(b"\0") if b"=" in entry
        )
        for name in list(self.env):
            if name not in after:
                del self.env[name]
        for name, value in after.items():
            if name.startswith(("PG", "PGCLONE")) and (name not in known or name in self.env):
                self.env[name] = value

    def release(self):
        for step in reversed(self.at_end):
            step()


def of_check(result, check, severity=None):
    return [
        finding
        for finding in result.json["findings"]
        if finding["check"] == check and (severity is None or finding["severity"] == severity)
    ]
