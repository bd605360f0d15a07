"""Runs a workload on a database, and counts what succeeded."""
import io
from collections import Counter

import psycopg2
from psycopg2 import extensions
from undo.operations import Copy

OPTIONS = "-c lock_timeout=10ms -c statement_timeout=3s -c application_name=undo\\ workload"
# What a session is in the middle of when its database is reset.
BUSY = "UPDATE app.keyless SET b = 'busy' WHERE a = 1; SELECT pg_sleep(20)"


class Tally:
    """How often each kind of operation ran, and how often it failed; what the failures were."""

    def __init__(self):
        self.ran, self.failed, self.errors, self.answers = Counter(), Counter(), Counter(), Counter()
        self.because = Counter()

    def add(self, other):
        for name in vars(self):
            getattr(self, name).update(getattr(other, name))

    def error_rate(self):
        return sum(self.failed.values()) / max(1, sum(self.ran.values()) + sum(self.failed.values()))

    def never(self):
        """Kinds that were tried often and never succeeded."""
        return sorted(kind for kind, count in self.failed.items() if count >= 20 and not self.ran[kind])

    def __str__(self):
        kinds = sorted({*self.ran, *self.failed})
        lines = [f"  {kind:22} {self.ran[kind]:6} ran {self.failed[kind]:6} failed" for kind in kinds]
        lines += [f"  {count:6} {error}" for error, count in self.errors.most_common(25)]
        lines += [f"  {count:6} resets: {answer}" for answer, count in sorted(self.answers.items())]
        lines += [f"  {count:6} because: {reason}" for reason, count in self.because.most_common(25)]
        return "\n".join([*lines, f"  error rate {self.error_rate():.1%}"])


class Player:
    def __init__(self, connect, database, tally):
        self.connect, self.database, self.tally = connect, database, tally
        self.connections = {}

    def play(self, workload):
        """The connections of sessions that are to be ended by the reset stay open."""
        last = {step.session: place for place, step in enumerate(workload.steps)}
        for place, step in enumerate(workload.steps):
            session = workload.sessions[step.session]
            self._step(session, step)
            if last[step.session] == place and session.ending == "early":
                self._close(session.number)
        for session in workload.sessions:
            if session.ending == "busy" and session.number in self.connections:
                self._leave_busy(session)
            if session.ending == "late":
                self._close(session.number)

    def _connection(self, session):
        if session.number not in self.connections:
            self.connections[session.number] = self.connect(self.database, session.user, options=OPTIONS)
        return self.connections[session.number]

    def _step(self, session, step):
        try:
            connection = self._connection(session)
        except psycopg2.Error as problem:
            return self._failed(step, problem)
        open_ = connection.info.transaction_status == extensions.TRANSACTION_STATUS_INTRANS
        guard = open_ and session.guarded and step.kind not in ("savepoint", "commit", "rollback", "two_phase")
        statement = step.statement
        with connection.cursor() as cursor:
            try:
                if guard:
                    cursor.execute("SAVEPOINT guard")
                if isinstance(statement, Copy):
                    rows = io.BytesIO()
                    cursor.copy_expert(statement.out, rows)
                    rows.seek(0)
                    cursor.copy_expert(statement.into, rows)
                else:
                    cursor.execute(statement.replace("{database}", f'"{self.database}"'))
                self.tally.ran[step.kind] += 1
            except (psycopg2.Error, UnicodeError) as problem:
                self._failed(step, problem)
                self._go_on(session, connection, guard)
        return None

    def _failed(self, step, problem):
        self.tally.failed[step.kind] += 1
        text = str(problem).strip().split("FATAL: ")[-1].split("\n", maxsplit=1)[0]
        self.tally.errors[f"{getattr(problem, 'pgcode', None)} {step.kind}: {text[:90]}"] += 1

    def _go_on(self, session, connection, guard):
        """After an error, as an application would: back to the savepoint, or to the beginning."""
        if connection.closed:
            del self.connections[session.number]
        elif connection.info.transaction_status != extensions.TRANSACTION_STATUS_IDLE:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("ROLLBACK TO guard" if guard else "ROLLBACK")
            except psycopg2.Error:
                self._close(session.number)

    def _leave_busy(self, session):
        try:
            connection = psycopg2.connect(self.connections[session.number].dsn, async_=True)
        except psycopg2.Error:
            return
        self.connections[f"busy {session.number}"] = connection
        try:
            while connection.poll() != extensions.POLL_OK:
                pass
            connection.cursor().execute(BUSY)
        except psycopg2.Error:
            pass

    def _close(self, number):
        connection = self.connections.pop(number, None)
        if connection is not None:
            connection.close()

    def close(self):
        for number in list(self.connections):
            self._close(number)
