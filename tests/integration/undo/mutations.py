"""Ways to break undo on purpose, each a change of the schema that is installed into the template.

A function that is changed must hold what is replaced: a mutation that changes nothing is an error.
"""
from psycopg2 import sql

MUTATIONS = {}


def mutation(*kinds):
    """`kinds` are the operations that must show it; without any, all workloads do."""

    def register(change):
        MUTATIONS[change.__name__] = (change, kinds)
        return change

    return register


def replace(cursor, function, old, new):
    """Replaces text in the definition of one of pgclone's functions."""
    cursor.execute(
        "SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = 'pgclone'::regnamespace"
        " AND p.proname = %s",
        (function,),
    )
    (definition,) = cursor.fetchone()
    assert old in definition, f"{function} does not hold {old!r}:\n{definition}"
    cursor.execute(definition.replace(old, new))


def functions_like(cursor, pattern):
    cursor.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'pgclone'::regnamespace AND proname ~ %s", (pattern,)
    )
    found = [row[0] for row in cursor.fetchall()]
    assert found, f"no function is like {pattern}"
    return found


def oid_of(cursor, table):
    cursor.execute("SELECT %s::regclass::oid", (table,))
    return cursor.fetchone()[0]


@mutation()
def a_table_without_triggers(cursor):
    for name in ("pgclone_insert", "pgclone_update", "pgclone_delete"):
        cursor.execute(sql.SQL("DROP TRIGGER {} ON app.serial_key").format(sql.Identifier(name)))


@mutation("replica")
def a_trigger_that_is_silent_in_replica_mode(cursor):
    """Also where foreign keys act: their statements are ordinary ones."""
    cursor.execute(
        "DO $$ DECLARE one record; BEGIN FOR one IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger"
        " WHERE tgname LIKE 'pgclone\\_%' LOOP"
        " EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', one.name, one.tgname); END LOOP; END $$"
    )


@mutation()
def only_insertions_are_noted(cursor):
    for name in functions_like(cursor, "^note_(delete|update)_"):
        replace(cursor, name, "FROM pgclone_old", "FROM pgclone_old LIMIT 0")


@mutation()
def sequences_stay(cursor):
    cursor.execute("CREATE OR REPLACE FUNCTION pgclone.play_sequences() RETURNS void LANGUAGE sql AS ''")


@mutation("sequence")
def a_sequence_that_was_never_called_is_called(cursor):
    cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'play_sequences'")
    (text,) = cursor.fetchone()
    assert ", 'f')" in text, text[:1000]
    replace(cursor, "play_sequences", ", 'f')", ", 't')")


@mutation("truncate", "alter_table")
def a_catalog_that_is_not_looked_at(cursor):
    replace(cursor, "changed_catalogs", f",{oid_of(cursor, 'pg_class')},", ",")


@mutation("large_object")
def large_objects_are_not_looked_at(cursor):
    for catalog in ("pg_largeobject", "pg_largeobject_metadata"):
        replace(cursor, "changed_catalogs", f",{oid_of(cursor, catalog)},", ",")


@mutation("truncate", "comment", "create_table")
def nobody_looks_at_catalogs(cursor):
    """TRUNCATE, DDL and all the rest go unnoticed."""
    cursor.execute(
        "CREATE OR REPLACE FUNCTION pgclone.changed_catalogs() RETURNS oid[] LANGUAGE sql AS 'SELECT NULL::oid[]'"
    )


@mutation("statistics")
def lost_statistics_are_believed(cursor):
    replace(cursor, "obstacle", "WHERE statistics = pgclone.statistics()", "WHERE true")


@mutation("of_the_database")
def the_database_itself_is_not_looked_at(cursor):
    replace(cursor, "obstacle", "WHERE facts = pgclone.facts()", "WHERE true")


@mutation()
def sessions_go_on(cursor):
    cursor.execute("CREATE OR REPLACE FUNCTION pgclone.end_sessions() RETURNS void LANGUAGE sql AS ''")


@mutation("lossy_setting")
def values_are_noted_in_the_sessions_style(cursor):
    for name in functions_like(cursor, "^note_[a-z]+_[0-9]*[1-9][0-9]*$"):
        for setting in ("DateStyle", "TimeZone", "extra_float_digits", "IntervalStyle"):
            names = map(sql.Identifier, (name, setting.lower()))
            cursor.execute(sql.SQL("ALTER FUNCTION pgclone.{} RESET {}").format(*names))


@mutation()
def a_row_that_is_there_twice_is_taken_out_twice(cursor):
    number = oid_of(cursor, "app.keyless")
    replace(cursor, f"play_{number}", "doomed.number <= doomed.times", "true")
    replace(cursor, f"play_{number}", "IF done <> (SELECT", "IF done < (SELECT")


@mutation()
def what_was_taken_out_is_not_counted_and_not_put_back(cursor):
    number = oid_of(cursor, "app.customer")
    replace(cursor, f"play_{number}", "IF went IS NOT NULL THEN", "IF cardinality(went) > 1 THEN")
