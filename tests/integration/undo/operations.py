"""The table of what a session may do. Each kind of operation makes the statements of one."""
from dataclasses import dataclass

SAFE, HARD = "safe", "hard"  # what undo can undo, and what makes it fall back
OPERATIONS = {}


@dataclass(frozen=True)
class Operation:
    kind: str
    group: str
    weight: int
    make: object
    alone: bool  # not in a transaction
    user: str  # who alone may do it
    since: int


@dataclass(frozen=True)
class Copy:
    """Rows that one statement writes out and another reads in."""

    out: str
    into: str

    def __str__(self):
        return f"{self.out};  -- and what it gives to\n{self.into}"


def operation(group, weight=2, alone=False, user="", since=0):
    """make(writer) gives a statement, or a list of them."""

    def register(make):
        kind = make.__name__
        assert kind not in OPERATIONS, kind
        OPERATIONS[kind] = Operation(kind, group, weight, make, alone, user, since)
        return make

    return register


def statements(text):
    """One operation whose statements stand on lines of their own."""
    return [line.strip() for line in text.strip().splitlines()]
