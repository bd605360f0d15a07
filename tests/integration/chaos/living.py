"""A run that goes on in the background while others are killed beside it: its workers' databases and
one that it has handed out."""
import json
import signal
import subprocess
import tempfile

from support.waiting import wait_for

WORKERS = 2


class LivingRun:
    def __init__(self, pgclone, server, run_id):
        self.server, self.run_id = server, run_id
        self.stderr = tempfile.TemporaryFile()
        self.process = pgclone.start(
            "run", "--template", "circ", "--run-id", run_id, "-w", str(WORKERS), "--spares", "0", "--",
            "sh", "-c", f"{pgclone.binary} create --name {self.handed_out()} && exec sleep 600",
            stdout=subprocess.DEVNULL, stderr=self.stderr,
        )  # fmt: skip
        wait_for(lambda: self.names() <= server.names(), f"the databases of run {run_id}")
        self.before = self._rows()

    def names(self):
        return {self.handed_out(), *(f"circ_{self.run_id}_gw{n}" for n in range(WORKERS))}

    def handed_out(self):
        return f"circ_{self.run_id}_handed_out"

    def _rows(self):
        return self.server.query(
            "SELECT datname, oid, shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = ANY (%s) ORDER BY datname",
            (list(self.names()),),
        )

    def trouble(self):
        if self.process.poll() is not None:
            return f"it ended with {self.process.returncode}"
        now = self._rows()
        return "" if now == self.before else f"{self.before} became {now}"

    def _lease_holders(self):
        lease = int(json.loads(self.before[0][2][len("pgclone:") :])["lease"], 16)
        rows = self.server.query(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND (classid::bigint << 32 | objid::bigint) = %s", (lease,),
        )  # fmt: skip
        return [row[0] for row in rows]

    def lose_connection(self):
        """An administrator ends its session: it must be back soon, and hold its lease again."""
        (before,) = self._lease_holders()
        self.server.query("SELECT pg_terminate_backend(%s)", (before,))
        wait_for(lambda: self._lease_holders() not in ([], [before]), "the lease is taken again", 5)

    def stop(self):
        """Ends it as a user would; what was wrong, if anything."""
        trouble = self.trouble()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        if not trouble and code != 143:
            trouble = f"it ended with {code} after SIGTERM"
        left = self.names() & self.server.names()
        return trouble or (f"it left {sorted(left)}: {self.output()}" if left else "")

    def output(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")

    def kill(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
