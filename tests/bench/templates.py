"""Builds the templates, and tells whether a copy of one is whole."""

COLUMNS = "id int PRIMARY KEY, customer int, placed timestamptz, note text"
ROWS = """INSERT INTO {table} SELECT i, i % 1000, now(), repeat(md5(i::text), 7)
          FROM generate_series(1, {rows}) AS i"""
INDEXES = ("customer", "placed", "note")
COUNTED = 4  # tables whose rows are counted; the largest templates have no more


def tables_of(template):
    return [f"orders_{i}" for i in range(1, template.tables + 1)]


def build(server, template):
    """Makes the template's database, and returns what docs and checks want to know of it."""
    server.sql(f"CREATE DATABASE {template.database}")
    many_tables = template.tables > 100
    with server.session(template.database) as session:
        for number, table in enumerate(tables_of(template)):
            session.execute(f"CREATE TABLE {table} ({COLUMNS})")
            if number < template.filled:
                session.execute(ROWS.format(table=table, rows=template.rows))
            for column in INDEXES if many_tables else INDEXES[:1]:
                session.execute(f"CREATE INDEX ON {table} ({column})")
        # Frozen rows: reading a copy later writes nothing to it.
        session.execute("VACUUM (FREEZE, ANALYZE)")
    server.sql("CHECKPOINT")
    oid, size = server.sql(
        f"SELECT oid, pg_database_size(oid) FROM pg_database WHERE datname = '{template.database}'"
    )[0]
    files = sum(1 for _ in server.database_folder(oid).iterdir())
    things = count_things(server, template, template.database)
    return {"oid": oid, "size_bytes": size, "files": files, "things": things}


def count_things(server, template, database):
    """The relations of ours that a database has, and the rows in some of its tables."""
    tables = tables_of(template)[: min(template.filled, COUNTED)]
    counts = " UNION ALL ".join(f"SELECT count(*) AS n FROM {table}" for table in tables)
    with server.session(database) as session:
        session.execute(
            "SELECT (SELECT count(*) FROM pg_class WHERE starts_with(relname, 'orders_')), "
            f"(SELECT sum(n)::bigint FROM ({counts}) AS counts)"
        )
        return session.fetchone()


def check_made(server, cell):
    """Raises unless every copy has the template's relations and rows."""
    expected = server.built[cell.template.name]["things"]
    for name in cell.names:
        found = count_things(server, cell.template, name)
        if found != expected:
            raise RuntimeError(f"{cell}: {name} has {found} relations and rows, not {expected}")


def check_gone(server, cell):
    """Raises if a copy is still there, whole or half made."""
    left = leftovers(server, cell)
    if left:
        raise RuntimeError(f"{cell}: still there after the drop: {', '.join(left)}")


def leftovers(server, cell):
    """The copies, whole or half made, that are there."""
    rows = server.sql("SELECT datname FROM pg_database")
    return [
        name
        for (name,) in rows
        if name in cell.names or name.startswith("pgclone_scratch_")
    ]
