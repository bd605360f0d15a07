"""Who resets a database: the program as a co-process, or the statements that it sends, for the check that
a broken undo is noticed."""
import json
import re
import subprocess
import tempfile
from pathlib import Path

import psycopg2
from psycopg2 import sql

SCHEMA = Path(__file__).resolve().parents[3] / "src" / "postgres" / "undo_schema.sql"


class ResetFailed(AssertionError):
    pass


def roll_back_prepared(server, database):
    for (gid,) in server.query("SELECT gid FROM pg_prepared_xacts WHERE database = %s", (database,)):
        server.query(sql.SQL("ROLLBACK PREPARED {}").format(sql.Literal(gid)), database=database)


class Program:
    """`pgclone serve` with one worker."""

    def __init__(self, server, pgclone, template, run_id, mode):
        self.server, self.mode = server, mode
        self.errors = tempfile.TemporaryFile()
        arguments = ["--template", template, "-w", "1", "--run-id", run_id, "--name", "undo_{run}_{worker}"]
        arguments += ["--reset", mode] if mode != "swap" else []
        self.process = pgclone.start("serve", *arguments, stdin=subprocess.PIPE, stderr=self.errors)
        self.database = self.ask("url gw0")["name"]

    def ask(self, request):
        self.process.stdin.write(f"{request}\n".encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "it ended"}
        if "error" in answer:
            self.errors.seek(0)
            said = self.errors.read().decode(errors="replace")
            raise ResetFailed(f"{request}: {json.dumps(answer)}\n{said[-2000:]}")
        return answer

    def reset(self):
        if self.mode == "swap":  # which does not end them
            roll_back_prepared(self.server, self.database)
        answer = self.ask("reset gw0")
        return answer["from"], answer.get("reason", "")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Statements:
    """Installs the schema into a copy of the template, and calls its functions as the program does."""

    def __init__(self, server, template, name, change=None, schema=SCHEMA):
        self.server, self.database, self.source = server, name, f"{name}_source"
        self.lane = None
        server.run("CREATE DATABASE {} TEMPLATE {}", self.source, template)
        with server.session(self.source) as connection, connection.cursor() as cursor:
            cursor.execute(f"BEGIN; {Path(schema).read_text(encoding='utf-8')}; COMMIT")
            if change:
                change(cursor)
        self._clone()

    def _clone(self):
        self.server.run("CREATE DATABASE {} TEMPLATE {}", self.database, self.source)
        self.lane = self.server.connect(self.database, options="-c session_replication_role=replica")
        self._call("begin")

    def _call(self, function):
        with self.lane.cursor() as cursor:
            cursor.execute(f"SELECT outcome, reason, detail FROM pgclone.{function}()")
            return cursor.fetchone()

    def reset(self):
        try:
            outcome, reason, detail = self._call("undo")
            while outcome == "prepared":
                for line in detail.split("\n"):
                    with self.lane.cursor() as cursor:
                        cursor.execute(line)
                outcome, reason, detail = self._call("undo")
            if outcome == "undone":
                return "undo", ""
        except psycopg2.Error as problem:
            reason = "error: " + re.sub(r"\d+", "N", str(problem).strip())[:300]
        self._swap()
        return "swap", reason

    def _swap(self):
        self.lane.close()
        roll_back_prepared(self.server, self.database)
        self.server.run("DROP DATABASE {} WITH (FORCE)", self.database)
        self._clone()

    def close(self):
        self.lane.close()
        for name in (self.database, self.source):
            self.server.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
