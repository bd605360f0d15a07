"""The template that workloads run on: tables of every kind, and what belongs to them."""
from pathlib import Path

from undo.values import has_xml, types_sql

FOLDER = Path(__file__).resolve().parent / "template"
TEMPLATE = "undo_template"
OWNER, APP = "undo_owner", "undo_app"

# What only some versions have.
SINCE = {
    17: """
        CREATE TABLE app.by_identity (id integer GENERATED ALWAYS AS IDENTITY, v text, w integer)
        PARTITION BY LIST (w);
        CREATE TABLE app.by_identity_1 PARTITION OF app.by_identity FOR VALUES IN (1);
        CREATE TABLE app.by_identity_rest PARTITION OF app.by_identity DEFAULT;
        INSERT INTO app.by_identity (v, w) SELECT 'v' || g, g % 3 FROM generate_series(1, 40) g;
    """,
    18: """
        CREATE TABLE app.virtual (
            id integer PRIMARY KEY, v integer, twice integer GENERATED ALWAYS AS (v * 2) VIRTUAL,
            thrice integer GENERATED ALWAYS AS (v * 3) STORED
        );
        INSERT INTO app.virtual (id, v) SELECT g, g FROM generate_series(1, 40) g;
        CREATE TABLE app.periods (id int4range, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
        INSERT INTO app.periods SELECT int4range(g, g + 1), daterange('2020-01-01', '2020-02-01')
        FROM generate_series(1, 40) g;
        CREATE TABLE app.unenforced (id integer PRIMARY KEY, of integer REFERENCES app.virtual NOT ENFORCED);
        INSERT INTO app.unenforced SELECT g, g * 7 FROM generate_series(1, 40) g;
    """,
}


def statements_of(major, xml):
    yield (FOLDER / "10_keys.sql").read_text(encoding="utf-8")
    for version, text in SINCE.items():
        if major >= version:
            yield text
    for name in ("20_partitions", "30_constraints", "40_rules", "50_triggers", "60_names", "70_objects"):
        yield (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    yield types_sql(xml=xml)
    # What is granted on all tables is granted last.
    yield f"GRANT ALL ON ALL TABLES IN SCHEMA app TO {APP}; REVOKE DELETE ON app.hen FROM {APP};"


def install(server):
    """Makes the roles and the template on a server that has neither."""
    for role in (OWNER, APP):
        server.create_role(role, "LOGIN")
    server.create_database(TEMPLATE, "postgres")
    with server.session(TEMPLATE) as connection, connection.cursor() as cursor:
        for text in statements_of(server.major, has_xml(cursor)):
            cursor.execute(text)
        cursor.execute(f"GRANT CREATE ON SCHEMA public, app TO {APP}")
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
    server.query(f"GRANT CREATE, TEMPORARY ON DATABASE {TEMPLATE} TO {APP}")
