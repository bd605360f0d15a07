"""What a database holds, to compare it with a fresh copy after its changes were undone."""
import psycopg2

RELATIONS = """
SELECT format('%I.%I', n.nspname, c.relname), c.relkind::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'pgclone')
  AND c.relkind IN ('r', 'p', 'm', 'v', 'S', 'i') ORDER BY 1
"""
OBJECTS = """
SELECT 'function', p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  AND p.pronamespace <> coalesce(to_regnamespace('pgclone'), 0)
UNION ALL SELECT format('trigger %s', t.tgenabled), format('%s.%s', t.tgrelid::regclass, t.tgname) FROM pg_trigger t
WHERE t.tgname NOT LIKE 'pgclone\\_%' AND NOT t.tgisinternal
UNION ALL SELECT 'large object', count(*)::text FROM pg_largeobject_metadata ORDER BY 1, 2
"""


def content(server, database):
    """Every row of every table, every sequence's place, and the names of what else there is."""
    with server.session(database) as session, session.cursor() as cursor:
        cursor.execute(OBJECTS)
        found = {"": cursor.fetchall()}
        cursor.execute(RELATIONS)
        for name, kind in cursor.fetchall():
            found[name] = kind
            if kind in "rpm":
                cursor.execute(f"SELECT t::text FROM {name} t ORDER BY 1")
                found[name] = cursor.fetchall()
            elif kind == "S":
                cursor.execute(f"SELECT last_value, is_called FROM {name}")
                found[name] = cursor.fetchall()
        return found


def oid(server, database):
    """The same one says that it is the same database, and no copy under its name."""
    return server.value("SELECT oid FROM pg_database WHERE datname = %s", (database,))


def run(url, *statements):
    """What a test does: each statement by itself, in one session that is closed afterwards."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def watched_templates(server):
    """The templates of pgclone's own that note changes, by name."""
    return {
        name
        for name, comment in server.comments().items()
        if comment.startswith("pgclone:")
        and '"use": "template"' in comment.replace('":"', '": "')
        and '"template": "' in comment.replace('":"', '": "')
    }
