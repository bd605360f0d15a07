"""Operations that change rows."""
from undo.operations import SAFE, Copy, operation


# Tables that undo knows it cannot put back: changing them tests the fall-back only.
OBSTACLES = {"app.modes", "app.by_range_2", "app.by_list_south"}


class Writer:
    """What the operations draw from: chance, and the template's tables."""

    def __init__(self, rng, model):
        self.rng, self.model = rng, model

    def table(self, views=True, leaves=True):
        tables = [
            t for t in self.model.tables if (views or t.kind != "v") and (leaves or not t.leaf) and t.columns
        ]
        chosen = self.rng.choice(tables)
        if chosen.name in OBSTACLES and self.rng.random() < 0.8:
            chosen = self.rng.choice(tables)
        return chosen

    def some(self, alias="t"):
        """A condition that holds for about one row in `of`, whatever the table."""
        of = self.rng.choice([1, 3, 5, 10, 20, 40])
        return f"abs(hashtext({alias}::text)::bigint) % {of} = {self.rng.randrange(of)}"

    def columns(self, table, most=4):
        """What an UPDATE sets; keys now and then."""
        chosen = [c for c in table.writable if not c.key]
        if not chosen or self.rng.random() < 0.2:
            chosen = table.writable
        return self.rng.sample(chosen, min(len(chosen), self.rng.randint(1, most)))

    def assignments(self, table, alias="t"):
        return ", ".join(f"{c.name} = {self.changed(c, alias)}" for c in self.columns(table))

    def changed(self, column, alias):
        if self.rng.random() < 0.05 and not column.key:
            return "DEFAULT"
        if column.key and column.type in ("integer", "bigint", "smallint"):
            return f"{alias}.{column.name} + {self.rng.choice([100, 1000, 40])}"
        if self.rng.random() < 0.1:
            return f"{alias}.{column.name}"
        return column.fresh(self.rng) if column.key else column.any(self.rng)

    def row(self, table):
        """The columns and values of a new row; some are left to their defaults."""
        given = [c for c in table.writable if c.key or c.required or self.rng.random() < 0.8]
        given = [c for c in given if not c.identity or self.rng.random() < 0.3]
        return given, [c.fresh(self.rng) if c.key and not c.refers else c.any(self.rng) for c in given]

    def insert(self, table, rows=1):
        given, values = self.row(table)
        if not given:
            return f"INSERT INTO {table.name} DEFAULT VALUES"
        lines = [f"({', '.join(values)})"]
        for _ in range(rows - 1):
            again = [c.fresh(self.rng) if c.key and not c.refers else c.any(self.rng) for c in given]
            lines.append(f"({', '.join(again)})")
        names = ", ".join(c.name for c in given)
        return f"INSERT INTO {table.name} ({names}) VALUES {', '.join(lines)}"

    def returning(self, alias="t"):
        return self.rng.choice(["", "", f" RETURNING {alias}.*", f" RETURNING {alias}::text"])

    def only(self):
        return self.rng.choice(["", "", "", "", "ONLY "])


@operation(SAFE, 14)
def insert(w):
    return w.insert(w.table(), w.rng.choice([1, 1, 2, 5]))


@operation(SAFE, 3)
def insert_default_values(w):
    choices = ["app.serial_key", "app.no_columns", "app.unlogged", "app.one_column", "app.keyless",
        "app.tree", "public.note",
               "app.identity_always", "app.identity_default", "app.by_list", "app.secured", "app.parent",
               "app.grandchild"]
    return f"INSERT INTO {w.rng.choice(choices)} DEFAULT VALUES{w.rng.choice(['', ' RETURNING *'])}"  # fmt: skip


@operation(SAFE, 4)
def insert_many(w):
    table = w.rng.choice(["app.keyless (a, b)", "app.by_list (v, region)", "app.one_column (v)",
        "app.rule_log (id, v)"])
    values = "g, 'many'" if "," in table else "'many ' || g"
    return f"INSERT INTO {table} SELECT {values} FROM generate_series(1, {w.rng.choice([10, 100, 1000])}) g"


@operation(SAFE, 6)
def insert_copies(w):
    """Rows that are there, once more: what has a key gets another one."""
    table = w.table(views=False)
    columns = [c for c in table.copied if c.identity != "a"]
    if not columns:
        return f"INSERT INTO {table.name} DEFAULT VALUES"
    parts = [c.name for c in columns]
    for place, column in enumerate(columns):
        if column.key:
            parts[place] = f"{column.name} + 1000" if column.type in ("integer", "bigint") else column.name
            if column.type == "text":
                parts[place] = f"{column.name} || '{w.rng.randrange(1000)}'"
    names = ", ".join(c.name for c in columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {', '.join(parts)} FROM {table.name} t WHERE {w.some()}"


@operation(SAFE, 3)
def insert_overriding(w):
    table = w.rng.choice(["app.identity_always", "app.identity_default"])
    clause = w.rng.choice(["OVERRIDING SYSTEM VALUE", "OVERRIDING USER VALUE"])
    return f"INSERT INTO {table} (id, v) {clause} VALUES ({w.rng.randrange(1, 9999)}, 'over') RETURNING id"


@operation(SAFE, 18)
def update(w):
    table = w.table()
    if not table.writable:
        return f"DELETE FROM {table.name}"
    return f"UPDATE {w.only()}{table.name} AS t SET {w.assignments(table)} WHERE {w.some()}{w.returning()}"


@operation(SAFE, 3)
def update_nothing(w):
    """Rows written as they are, and none at all."""
    table = w.table(views=False)
    column = w.rng.choice(table.writable or table.columns).name
    return f"UPDATE {table.name} SET {column} = {column} WHERE {w.rng.choice(['true', 'false'])}"


@operation(SAFE, 5)
def update_key(w):
    table = w.rng.choice(["app.customer", "app.orders", "app.tree", "app.by_hash", "app.later",
        "app.serial_key", "app.elsewhere"])
    by = w.rng.choice([1000, 500, 1, -1]) if table == "app.later" else w.rng.choice([1000, 500])
    column = "place" if table == "app.later" else "id"
    return f"UPDATE {table} SET {column} = {column} + {by} WHERE {w.some(table.split('.')[1])}"


@operation(SAFE, 5)
def move_partition(w):
    return w.rng.choice([
        f"UPDATE app.by_range t SET day = '20{w.rng.choice(['18', '20', '21', '29'])}-07-07' WHERE {w.some()}",
        f"UPDATE app.by_list t SET region = {w.rng.choice(['NULL', repr('pole'), repr('west')])} WHERE {w.some()}",
        f"UPDATE app.by_list_rest t SET v = v + 10 WHERE {w.some()}",
        f"UPDATE app.by_hash t SET id = id + 1000 WHERE {w.some()}",
        f"UPDATE app.by_range_3 t SET id = id + 101, v = upper(v) WHERE {w.some()}",
    ])  # fmt: skip


@operation(SAFE, 4)
def update_from(w):
    """A join with itself or with another table."""
    return w.rng.choice([
        f"UPDATE app.tree t SET v = o.v || '!' FROM app.tree o WHERE o.id = t.parent AND {w.some()}",
        f"UPDATE app.keyless t SET c = t.c + 1 FROM app.keyless o WHERE o.b = t.b AND {w.some('o')} RETURNING t.*, o.*",
        f"UPDATE app.orders t SET total = c.id FROM app.customer c WHERE c.id = t.customer AND {w.some('c')}",
        f"UPDATE app.numbers t SET real = o.real, numeric = o.numeric FROM app.numbers o"
        f" WHERE o.id = t.id + 1 AND {w.some()}",
        f"UPDATE app.toasted t SET (external, extended) = (SELECT extended, external FROM app.toasted o"
        f" WHERE o.id = t.id) WHERE {w.some()}",
    ])  # fmt: skip


@operation(SAFE, 10)
def delete(w):
    table = w.table()
    return f"DELETE FROM {w.only()}{table.name} AS t WHERE {w.some()}{w.returning()}"


@operation(SAFE, 3)
def delete_all(w):
    return f"DELETE FROM {w.table(views=False).name}"


@operation(SAFE, 3)
def delete_using(w):
    return w.rng.choice([
        f"DELETE FROM app.line t USING app.orders o WHERE o.id = t.\"order\" AND {w.some('o')}",
        f"DELETE FROM app.keyless t USING app.keyless o WHERE t.a = o.a + 1 AND {w.some()} RETURNING *",
        f"DELETE FROM app.tree t USING app.tree o WHERE t.parent = o.id AND {w.some('o')}",
    ])  # fmt: skip


@operation(SAFE, 6)
def cascade(w):
    table = w.rng.choice(["app.customer", "app.orders", "app.tree", "app.by_hash"])
    return f"DELETE FROM {table} t WHERE {w.some()}"


@operation(SAFE, 7)
def common_table(w):
    """Statements that change rows within one."""
    table = w.table(views=False)
    names = ", ".join(c.name for c in table.copied) or "1"
    always = " OVERRIDING SYSTEM VALUE" if any(c.identity for c in table.copied) else ""
    return w.rng.choice([
        f"WITH gone AS (DELETE FROM {table.name} t WHERE {w.some()} RETURNING *)"
        f" INSERT INTO {table.name} ({names}){always} SELECT {names} FROM gone",
        f"WITH one AS (UPDATE app.serial_key t SET amount = 1 WHERE {w.some()} RETURNING id), two AS (DELETE FROM"
        f" app.customer t WHERE id IN (SELECT id FROM one) RETURNING *)"
        " INSERT INTO app.keyless SELECT id, name FROM two",
        f"WITH moved AS (DELETE FROM app.by_range t WHERE {w.some()} RETURNING id, day, v)"
        f" INSERT INTO app.by_range (id, day, v) SELECT id, day + 365, v FROM moved",
        f"WITH a AS (INSERT INTO app.one_column VALUES ('a') RETURNING *),"
        " b AS (INSERT INTO app.one_column VALUES ('b')) UPDATE app.one_column SET v = v || (SELECT v FROM a)",
    ])  # fmt: skip


@operation(SAFE, 7)
def copy(w):
    table = w.table(views=False)
    given, _ = w.row(table)
    rows = w.rng.choice([1, 3, 30])
    values = []
    for column in given:
        if column.key and column.type in ("integer", "bigint"):
            values.append(f"{w.rng.randrange(100, 100000)} + g")
        else:
            value = column.fresh(w.rng) if column.key else column.any(w.rng)
            values.append(f"({'NULL' if value == 'DEFAULT' else value})::{column.type}")
    how = w.rng.choice(["", "", " (FORMAT csv)", " (FORMAT binary)"])
    names = ", ".join(c.name for c in given)
    if not given:
        return f"INSERT INTO {table.name} DEFAULT VALUES"
    source = f"COPY (SELECT {', '.join(values)} FROM generate_series(1, {rows}) g) TO STDOUT{how}"
    return Copy(source, f"COPY {table.name} ({names}) FROM STDIN{how}")
