"""What the sessions of one test do: statements that a seed decides, and in which order they come."""
import random
from dataclasses import dataclass, field

from undo import ddl, dml, dml_more  # noqa: F401  (they fill the table of operations)
from undo.operations import HARD, OPERATIONS, SAFE

ISOLATION = ["", "", "", " ISOLATION LEVEL REPEATABLE READ", " ISOLATION LEVEL SERIALIZABLE", " READ WRITE"]
# How a session ends: by itself before the reset, at the last moment, by the reset, in a statement that it ends.
ENDINGS = ["early", "late", "stays", "stays", "busy"]


@dataclass
class Step:
    session: int
    kind: str
    statement: object

    def __str__(self):
        return f"/* {self.session} {self.kind} */ {self.statement};"


@dataclass
class Session:
    number: int
    user: str
    guarded: bool  # an error takes back its statement only
    ending: str
    steps: list = field(default_factory=list)


@dataclass
class Workload:
    seed: int
    hard: bool
    sessions: list
    steps: list

    def __str__(self):
        lines = [f"seed {self.seed}, {'anything' if self.hard else 'what can be undone'}"]
        for session in self.sessions:
            guard = ", with a savepoint for each statement" if session.guarded else ""
            lines.append(f"-- session {session.number}: {session.user}, ends {session.ending}{guard}")
        return "\n".join([*lines, *map(str, self.steps)])


class Generator:
    def __init__(self, model):
        self.model = model
        usable = [o for o in OPERATIONS.values() if o.since <= model.major]
        self.safe = [o for o in usable if o.group == SAFE]
        self.hard = [o for o in usable if o.group == HARD]

    def workload(self, seed):
        """The same for the same seed, whatever came before."""
        rng = random.Random(f"{seed}")
        hard = rng.random() < 0.25
        sessions = [self._session(rng, number, hard, seed) for number in range(rng.choice([1, 1, 2, 3, 4]))]
        return Workload(seed, hard, sessions, self._order(rng, sessions))

    def seeds_with(self, kinds, start):
        """The seeds from `start` on whose workloads have an operation of one of these kinds."""
        seed = start
        while True:
            if any(step.kind in kinds for step in self.workload(seed).steps):
                yield seed
            seed += 1

    def _session(self, rng, number, hard, seed):
        user = rng.choices(["postgres", "undo_app", "undo_owner"], [65, 30, 5])[0]
        session = Session(number, user, rng.random() < 0.6, rng.choice(ENDINGS))
        writer = dml.Writer(rng, self.model)
        count = rng.randint(1, 12)
        special = rng.randrange(count) if hard else None
        inside, prepared, saved = False, [], []

        def say(kind, *statements):
            session.steps += [Step(number, kind, statement) for statement in statements]

        for place in range(count):
            if not inside and rng.random() < 0.4:
                say("begin", f"BEGIN{rng.choice(ISOLATION)}")
                inside, saved = True, []
            if inside and rng.random() < 0.15:
                saved.append(f"s{rng.randrange(3)}")
                say("savepoint", f"SAVEPOINT {saved[-1]}")
            pool = self.hard if place == special or (hard and rng.random() < 0.2) else self.safe
            self._operation(rng, writer, session, pool, inside, say)
            if inside and saved and rng.random() < 0.3:
                say("savepoint", f"{rng.choice(['ROLLBACK TO', 'ROLLBACK TO', 'RELEASE'])} {saved.pop()}")
            if inside and rng.random() < 0.35:
                inside = False
                how = rng.choices(["commit", "rollback", "prepare"], [65, 20, 15])[0]
                if how == "prepare":
                    prepared.append(f"undo {seed} {number} {place}")
                    say("two_phase", f"PREPARE TRANSACTION '{prepared[-1]}'")
                else:
                    say(how, how.upper())
            if prepared and not inside and rng.random() < 0.4:
                say("two_phase", f"{rng.choice(['COMMIT', 'ROLLBACK'])} PREPARED '{prepared.pop()}'")
        if inside and rng.random() < 0.6:
            say("commit", "COMMIT")
        return session

    def _operation(self, rng, writer, session, pool, inside, say):
        fit = [o for o in pool if o.user in ("", session.user) and not (o.alone and inside)]
        if not fit:
            session.user = "postgres"
            fit = [o for o in pool if not (o.alone and inside)]
        chosen = rng.choices(fit, [o.weight for o in fit])[0]
        made = chosen.make(writer)
        needs_transaction = chosen.kind in ("cursor", "deferred", "large_object") and not inside and rng.random() < 0.8
        made = made if isinstance(made, list) else [made]
        if needs_transaction:
            made = ["BEGIN", *made, "COMMIT"]
        say(chosen.kind, *made)

    @staticmethod
    def _order(rng, sessions):
        """One after the other, or all at once."""
        queues = [list(session.steps) for session in sessions]
        if rng.random() < 0.4:
            return [step for queue in queues for step in queue]
        order = []
        while any(queues):
            queue = rng.choice([queue for queue in queues if queue])
            turn = rng.randint(1, 3)
            order += queue[:turn]
            del queue[:turn]
        return order
