"""What a generator of statements must know of the template's tables, asked from the template."""
from dataclasses import dataclass, field

from undo.values import POOLS

COLUMNS = """
SELECT format('%I.%I', n.nspname, c.relname), c.relkind::text, c.relispartition,
    quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
    a.attgenerated::text, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
        AND a.attnum = ANY (i.indkey::int2[])) OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid
        AND i.indisexclusion AND a.attnum = ANY (i.indkey::int2[])),
    (SELECT format('%I.%I', fn.nspname, f.relname) || ' ' || quote_ident(fa.attname)
     FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
     JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = k.confkey[1]
     WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] LIMIT 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v') AND n.nspname !~ '^pg_' AND n.nspname <> 'pgclone'
ORDER BY 1, a.attnum
"""
SEQUENCES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname <> 'pgclone' ORDER BY 1
"""
# Columns whose values decide where a row goes, or which rows are refused.
SPECIAL = {
    "region": ["'north'", "'pole'", "'south'", "'east'", "NULL", "'elsewhere'"],
    "day": ["'2019-03-01'", "'2020-05-05'", "'2021-05-05'", "'2021-06-06'", "'2030-01-01'", "'-infinity'"],
    "owner": ["'undo_app'", "'undo_owner'", "current_user"],
    "during": ["int4range(%d, %d + 3)"],
    "code": ["'code %d'"],
}
# The types tables hold every value; elsewhere numbers stay small, as they are counted with.
SMALL = {"integer", "bigint", "smallint"}


@dataclass
class Column:
    name: str
    type: str
    required: bool
    identity: str
    generated: bool
    key: bool
    refers: str

    def fresh(self, rng):
        """A value that no row has yet, for a key."""
        number = rng.randrange(100, 1_000_000)
        if self.name in SPECIAL and "%d" in SPECIAL[self.name][0]:
            return SPECIAL[self.name][0].replace("%d", str(number))
        if self.type in SMALL:
            return str(number)
        if self.type == "text":
            return f"'key {number}'"
        if self.type == "int4range":
            return f"int4range({number}, {number + 1})"
        return self.any(rng)

    def any(self, rng):
        if self.refers:
            table, column = self.refers.rsplit(" ", 1)
            return f"(SELECT {column} FROM {table} ORDER BY 1 OFFSET {rng.randrange(20)} LIMIT 1)"
        if not self.required and rng.random() < 0.15:
            return "NULL"
        special = SPECIAL.get(self.name)
        if special and "%d" not in special[0]:
            return rng.choice(special)
        if self.type in SMALL and f'"{self.type}"' != self.name and self.type != self.name:
            return str(rng.randrange(-5, 50))
        if self.type not in POOLS:
            return "DEFAULT" if self.required else "NULL"
        return f"({rng.choice(POOLS[self.type])})::{self.type}"


@dataclass
class Table:
    name: str
    kind: str
    leaf: bool
    columns: list = field(default_factory=list)

    @property
    def writable(self):
        return [column for column in self.columns if not column.generated and column.identity != "a"]

    @property
    def copied(self):
        """The columns that a row is copied by, identity among them."""
        return [column for column in self.columns if not column.generated]

    @property
    def keys(self):
        return [column for column in self.columns if column.key]


@dataclass
class Model:
    tables: list
    sequences: list
    major: int

    @classmethod
    def of(cls, server, database):
        tables = {}
        for row in server.query(COLUMNS, database=database):
            name, kind, leaf, column = row[:4]
            table = tables.setdefault(name, Table(name, kind, leaf))
            if column is not None:
                type_, required, identity, generated, key, refers = row[4:]
                generated = bool(generated) or column in ("size", "kind") and kind == "v"
                table.columns.append(Column(column, type_, required, identity, generated, key, refers))
        sequences = [row[0] for row in server.query(SEQUENCES, database=database)]
        return cls(list(tables.values()), sequences, server.major)

    def named(self, name):
        return next(table for table in self.tables if table.name == name)
