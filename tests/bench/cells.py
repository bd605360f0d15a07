"""What is measured: the servers, the templates, the numbers of copies."""

import fnmatch
from dataclasses import dataclass


@dataclass(frozen=True)
class ServerKind:
    """One way of running PostgreSQL; `settings` are what it has beyond the stock ones, `pace` what
    part of the stock one's time it takes, roughly."""

    name: str
    major: int
    place: str  # "disk", "memory" or "xfs"
    settings: tuple = ()
    pace: float = 1.0

    @property
    def strategies(self):
        return ("wal_log", "file_copy", "clone") if self.major >= 18 else ("wal_log", "file_copy")


@dataclass(frozen=True)
class Template:
    """`rows` go into each of the first `filled` tables; `seconds` one serial copy and drop take."""

    name: str
    tables: int
    filled: int
    rows: int
    copies: tuple
    seconds: float

    @property
    def database(self):
        return "bench_" + self.name.lower().replace(".", "_")


@dataclass(frozen=True)
class Cell:
    server: ServerKind
    template: Template
    copies: int

    def __str__(self):
        return f"{self.server.name}/{self.template.name}/{self.copies}"

    @property
    def names(self):
        return [f"{self.template.database}_{i}" for i in range(1, self.copies + 1)]

    @property
    def widths(self):
        return [n for n in (1, 2, 4, 8, 16, 32, 64) if n <= self.copies]


SERVERS = (
    ServerKind("pg15", 15, "disk"),
    ServerKind("pg15-nofsync", 15, "memory", ("fsync=off",), 0.25),
    ServerKind("pg18", 18, "disk"),
    ServerKind("pg18-xfs", 18, "xfs"),
)

# 150 tables with four indexes and a TOAST table each are about 1,500 files; most are empty.
def server_kind(name):
    return next(kind for kind in SERVERS if kind.name == name)


TEMPLATES = (
    Template("18MB", 150, 40, 10, (4, 16, 64), 0.6),
    Template("144MB", 4, 4, 110_000, (4, 16, 64), 1.8),
    Template("1.2GB", 4, 4, 980_000, (4,), 9.0),
)

# Between those, for the rule of auto: only measured when a cell names them.
BETWEEN = (
    Template("9MB", 4, 4, 1_000, (), 0.2),
    Template("33MB", 4, 4, 20_000, (), 0.5),
    Template("35MB", 150, 4, 8_000, (), 0.7),
    Template("64MB", 150, 4, 20_000, (), 1.0),
    Template("500MB", 4, 4, 400_000, (), 4.0),
)

QUICK = ("pg15/18MB/4", "pg15/18MB/16", "pg15-nofsync/18MB/4", "pg15-nofsync/18MB/16")


def select(patterns):
    """The cells that one of the patterns matches (`pg15/*`, `*/18MB/4`), or all of them; and those
    that a pattern without wildcards names, whatever their number of copies (`pg15/33MB/1`)."""
    cells = [
        Cell(server, template, copies)
        for server in SERVERS
        for template in TEMPLATES
        for copies in template.copies
    ]
    return [
        cell
        for cell in cells + named(patterns, cells)
        if not patterns or any(fnmatch.fnmatchcase(str(cell), pattern) for pattern in patterns)
    ]


def named(patterns, known):
    """The cells that patterns name in full and that are not among the known ones."""
    servers = {server.name: server for server in SERVERS}
    templates = {template.name: template for template in TEMPLATES + BETWEEN}
    cells = []
    for pattern in patterns:
        server, template, copies = (*pattern.split("/"), "", "")[:3]
        if server in servers and template in templates and copies.isdecimal() and int(copies) > 0:
            cells.append(Cell(servers[server], templates[template], int(copies)))
    return [cell for cell in cells if cell not in known]
