"""Operations of a session that undo can take back: conflicts, sequences, settings, waiting, and so on."""
from undo.operations import SAFE, operation, statements

ODD_SETTINGS = [
    "datestyle = 'German'", "datestyle = 'SQL, DMY'", "datestyle = 'Postgres, MDY'",
    "timezone = 'Asia/Kathmandu'",
    "timezone = 'America/St_Johns'", "extra_float_digits = -15", "extra_float_digits = 0",
    "bytea_output = 'escape'",
    "lc_monetary = 'C.UTF-8'", "intervalstyle = 'iso_8601'", "intervalstyle = 'sql_standard'",
    "xmlbinary = 'hex'",
    "search_path = app, public", "search_path = app, pg_catalog", "search_path = ''",
    "search_path = pg_temp, nowhere",
    "quote_all_identifiers = on", "standard_conforming_strings = off", "row_security = off",
    "constraint_exclusion = on",
    "default_transaction_isolation = 'serializable'", "default_transaction_deferrable = on",
    "transform_null_equals = on",
    "enable_seqscan = off", "work_mem = '64kB'", "client_encoding = 'LATIN1'", "check_function_bodies = off",
    "array_nulls = off", "xmloption = content", "backslash_quote = on", "default_toast_compression = 'pglz'",
    "plan_cache_mode = force_generic_plan", "synchronous_commit = off", "statement_timeout = '900ms'",
    "default_text_search_config = 'english'", "application_name = 'undo workload'",
    "client_min_messages = error",
]  # fmt: skip
KEYED = ["app.serial_key", "app.identity_default", "app.elsewhere", "app.tree", "app.customer", "app.counted",
    "app.audited",
         "app.polished", "app.forced", "app.secured", "app.by_hash", "app.generated", "app.dropped",
         "app.wide_index",
         "app.ticketed", "app.behind_trigger", "public.note", "app.hen", "app.checked"]  # fmt: skip


def plain_column(w, table):
    found = [c for c in w.model.named(table).writable if not c.key and not c.refers]
    return w.rng.choice(found)


@operation(SAFE, 5)
def upsert(w):
    name = w.rng.choice(KEYED)
    column = plain_column(w, name)
    others = [c for c in w.model.named(name).writable if c.required and c.name not in ("id", column.name)]
    given = ["id", column.name, *(c.name for c in others)]
    rows = []
    for _ in range(w.rng.choice([1, 3])):
        id_ = w.rng.choice([w.rng.randrange(1, 41), w.rng.randrange(1000, 2000)])
        rows.append(f"({', '.join([str(id_), column.any(w.rng), *(c.any(w.rng) for c in others)])})")
    where = w.rng.choice(["", "", f" WHERE {w.some()}"])
    return (
        f"INSERT INTO {name} AS t ({', '.join(given)}) VALUES {', '.join(rows)}"
        f" ON CONFLICT (id) DO UPDATE SET {column.name} = EXCLUDED.{column.name}{where}"
    )


@operation(SAFE, 4)
def upsert_nothing(w):
    table = w.rng.choice([t for t in w.model.tables if t.kind != "v" and t.keys])
    names = ", ".join(c.name for c in table.copied)
    values = ", ".join(w.rng.choice([c.name, c.name,
        c.fresh(w.rng)]) if c.key else c.name for c in table.copied)
    return (
        f"INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE SELECT {values}"
        f" FROM {table.name} t WHERE {w.some()} ON CONFLICT DO NOTHING"
    )


@operation(SAFE, 6, since=15)
def merge(w):
    name = w.rng.choice([*KEYED, "app.keyless", "app.by_range", "app.composite_key", "app.orders"])
    table = w.model.named(name)
    key = table.writable[0].name if table.writable else "id"
    column = w.rng.choice([c for c in table.writable if c.name != key] or table.writable)
    inserted = ", ".join(c.name for c in table.writable)
    values = ", ".join(f"s.{c.name} + 1000" if c.key and c.type in ("integer",
        "bigint") else f"s.{c.name}" for c in table.writable)
    branches = [
        f"WHEN MATCHED AND {w.some('s')} THEN DELETE",
        f"WHEN MATCHED AND {w.some('s')} THEN DO NOTHING",
        f"WHEN MATCHED THEN UPDATE SET {column.name} = {w.changed(column, 't')}",
    ]
    if w.rng.random() < 0.5:
        branches.append(f"WHEN NOT MATCHED THEN INSERT ({inserted}) VALUES ({values})")
    if w.model.major >= 17 and w.rng.random() < 0.4:
        branches.append("WHEN NOT MATCHED BY SOURCE AND false THEN DELETE")
    shift = " + 20" if any(c.name == key and c.type == "integer" for c in table.columns) else ""
    return (
        f"MERGE INTO {name} AS t USING (SELECT * FROM {name}) AS s ON t.{key} = s.{key}{shift} {' '.join(branches)}"
    )


@operation(SAFE, 8)
def sequence(w):
    name = w.rng.choice(w.model.sequences).replace("'", "''")
    number = w.rng.choice([1, 2, 3, 9, 500])
    return w.rng.choice([
        f"SELECT nextval('{name}')",
        f"SELECT nextval('{name}') FROM generate_series(1, {number})",
        f"SELECT setval('{name}', {w.rng.choice([1, 2, 3, 4])})",
        f"SELECT setval('{name}', {number}, false)",
        f"SELECT setval('{name}', last_value, is_called) FROM {w.rng.choice(w.model.sequences)}",
        [f"SELECT nextval('{name}')", f"SELECT currval('{name}')", "SELECT lastval()"],
    ])  # fmt: skip


@operation(SAFE, 5)
def deferred(w):
    """Breaks what is looked at when the transaction ends, and mends it or not."""
    number = w.rng.randrange(1000, 100000)
    mode = w.rng.choice(["SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS ALL IMMEDIATE",
        "SET CONSTRAINTS app.hen_egg DEFERRED"])
    return w.rng.choice([
        [mode, f"INSERT INTO app.hen (id, egg) VALUES ({number}, {number})",
            f"INSERT INTO app.egg VALUES ({number}, {number})",
         "SET CONSTRAINTS ALL IMMEDIATE"],
        ["SET CONSTRAINTS ALL DEFERRED", "UPDATE app.later SET place = 41 - place",
            "UPDATE app.later SET id = id + 1"],
        f"UPDATE app.later t SET place = place + 1 WHERE {w.some()}",
        f"DELETE FROM app.egg t WHERE {w.some()}",
        [mode,
            f"UPDATE app.shifts t SET during = int4range(lower(during) + 400, upper(during) + 400) WHERE {w.some()}"],
        ["SET CONSTRAINTS ALL DEFERRED", f"UPDATE app.modes t SET v = 'later' WHERE {w.some()}",
            "SET CONSTRAINTS ALL IMMEDIATE"],
    ])  # fmt: skip


@operation(SAFE, 3)
def cursor(w):
    hold = w.rng.choice(["", " WITH HOLD"])
    table = w.rng.choice(["app.serial_key", "app.keyless", "app.composite_key", "app.by_list_north",
        "app.dropped"])
    column = plain_column(w, table)
    name = f"c{w.rng.randrange(10000)}"
    return [
        f"DECLARE {name} CURSOR{hold} FOR SELECT * FROM {table}{'' if hold else ' FOR UPDATE'}",
        f"FETCH {w.rng.randint(1, 4)} FROM {name}",
        *([] if hold else [f"UPDATE {table} SET {column.name} = {column.any(w.rng)} WHERE CURRENT OF {name}"]),
        *([] if hold else [f"MOVE 1 FROM {name}", f"DELETE FROM {table} WHERE CURRENT OF {name}"]),
    ]


@operation(SAFE, 2)
def lock(w):
    return w.rng.choice([
        f"LOCK TABLE {w.table().name} IN {w.rng.choice(['ACCESS EXCLUSIVE', 'SHARE', 'ROW EXCLUSIVE'])} MODE NOWAIT",
        f"SELECT * FROM {w.table(views=False).name} FOR {w.rng.choice(['UPDATE', 'KEY SHARE'])} SKIP LOCKED",
        f"SELECT pg_try_advisory_lock({w.rng.randrange(100)})",
        f"SELECT pg_try_advisory_xact_lock({w.rng.randrange(100)})",
    ])  # fmt: skip


@operation(SAFE, 2)
def listen(w):
    return w.rng.choice([["LISTEN news", "NOTIFY news, 'a'"], "NOTIFY news", "UNLISTEN *",
        "SELECT pg_notify('news', 'b')"])


@operation(SAFE, 6)
def odd_setting(w):
    """Then writes, so that what is noted is written under that setting."""
    local = w.rng.choice(["SET", "SET", "SET LOCAL"])
    tables = ["app.numbers", "app.texts", "app.times", "app.shapes", "app.many", "app.toasted"]
    table = w.model.named(w.rng.choice(tables))
    after = w.rng.choice([f"DELETE FROM {table.name} t WHERE {w.some()}", w.insert(table, 3),
                          f"UPDATE {table.name} t SET {w.assignments(table)} WHERE {w.some()}"])  # fmt: skip
    return [f"{local} {w.rng.choice(ODD_SETTINGS)}", after]


@operation(SAFE, 2)
def lossy_setting(w):
    """Takes rows out whose text, under these settings, would not bring them back."""
    setting = w.rng.choice(["extra_float_digits = -15", "datestyle = 'SQL, DMY'", "datestyle = 'SQL, MDY'"])
    table = w.rng.choice(["app.numbers", "app.shapes"]) if "float" in setting else "app.times"
    return [f"SET {setting}", f"DELETE FROM {table} t WHERE {w.some()}"]


@operation(SAFE, 2)
def other_role(w):
    role = w.rng.choice(["undo_app", "undo_owner"])
    return [f"SET ROLE {role}", f"UPDATE app.elsewhere t SET v = current_user WHERE {w.some()}",
            f"DELETE FROM app.forced t WHERE {w.some()}", "RESET ROLE"]  # fmt: skip


@operation(SAFE, 2, alone=True)
def maintain(w):
    table = w.table(views=False).name
    how = w.rng.choice(["VACUUM", "ANALYZE", "VACUUM (ANALYZE, FREEZE)"])
    return f"{how} {w.rng.choice([table, 'app.keyless', 'app.tree'])}"


@operation(SAFE, 2)
def explain(w):
    return f"EXPLAIN (ANALYZE, COSTS off, TIMING off) {update(w)}"


def update(w):
    table = w.table(views=False)
    if not table.writable:
        return f"TABLE {table.name}"
    return f"UPDATE {table.name} t SET {w.assignments(table)} WHERE {w.some()}"


@operation(SAFE, 3)
def prepared_statement(w):
    name = f"p{w.rng.randrange(100000)}"
    return [
        f"PREPARE {name} (integer, text) AS UPDATE app.serial_key t SET name = $2 WHERE id % 7 = $1",
        f"EXECUTE {name} ({w.rng.randrange(7)}, 'executed')", f"EXECUTE {name} ({w.rng.randrange(7)}, '')",
    ]  # fmt: skip


@operation(SAFE, 4)
def block(w):
    """Subtransactions of PL/pgSQL, one of which is rolled back."""
    fails = w.rng.choice(["PERFORM 1 / 0;", "RAISE EXCEPTION 'no';",
        "INSERT INTO app.serial_key (id) VALUES (1);", "NULL;"])
    return (
        f"DO $do$ BEGIN FOR i IN 1..{w.rng.randint(1, 4)} LOOP BEGIN {update(w)}; {w.insert(w.table(views=False))};"
        f" IF i % 2 = 0 THEN {fails} END IF; EXCEPTION WHEN OTHERS THEN"
        f" {w.rng.choice(['NULL', w.insert(w.table(views=False))])}; END; END LOOP; END $do$"
    )


@operation(SAFE, 2, user="postgres")
def replica(w):
    """Writes without foreign keys and triggers."""
    return ["SET session_replication_role = replica", update(w),
        f"DELETE FROM app.customer t WHERE {w.some()}",
            f"UPDATE app.ticketed t SET ticket = 1 WHERE {w.some()}",
            "SET session_replication_role = origin"]  # fmt: skip


@operation(SAFE, 2)
def there_and_back(w):
    """Leaves every row as it was, over many changes."""
    return statements(f"""
        UPDATE app.serial_key t SET name = name || '.' WHERE {w.some()}
        UPDATE app.serial_key t SET name = rtrim(name, '.')
        DELETE FROM app.keyless t WHERE a = 3
        INSERT INTO app.keyless SELECT nullif(g % 6, 0), 'b' || g % 3, g % 2 FROM generate_series(3, 36, 6) g
    """)


@operation(SAFE, 2)
def read(w):
    return w.rng.choice([f"TABLE {w.table().name}", "TABLE app.stored", "SELECT * FROM pg_class",
        f"SELECT lo_get({900001})"])
