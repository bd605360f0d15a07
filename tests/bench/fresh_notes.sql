-- The simplest undo that could work, as a peer for the benchmark: a row trigger on every table notes
-- the old and the new row as jsonb, and a function plays the notes back. It knows nothing of
-- sequences, TRUNCATE, DDL and generated columns, nor of what jsonb does not keep.
CREATE SCHEMA notes;
CREATE UNLOGGED TABLE notes.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    relation regclass NOT NULL,
    old jsonb,
    new jsonb
);
-- How a noted row (r) is found in its table (t): by its key, or by all of it where there is none.
CREATE TABLE notes.watched (relation regclass PRIMARY KEY, condition text NOT NULL);

CREATE FUNCTION notes.keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO notes.note (relation, old, new) VALUES (TG_RELID, to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END $$;

-- In replica mode neither the triggers nor foreign keys fire. Nobody needs the commit on disk: after
-- a crash of the server the databases are made anew.
CREATE FUNCTION notes.undo() RETURNS void LANGUAGE plpgsql
SET session_replication_role = replica AS $$
DECLARE
    note record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR note IN
        WITH gone AS (DELETE FROM notes.note RETURNING *)
        SELECT gone.*, condition FROM gone JOIN notes.watched USING (relation) ORDER BY id DESC
    LOOP
        IF note.new IS NOT NULL THEN
            EXECUTE format(
                'DELETE FROM %1$s WHERE ctid = (SELECT t.ctid FROM %1$s AS t, '
                'jsonb_populate_record(NULL::%1$s, $1) AS r WHERE %2$s LIMIT 1)',
                note.relation, note.condition) USING note.new;
        END IF;
        IF note.old IS NOT NULL THEN
            EXECUTE format(
                'INSERT INTO %1$s OVERRIDING SYSTEM VALUE '
                'SELECT * FROM jsonb_populate_record(NULL::%1$s, $1)',
                note.relation) USING note.old;
        END IF;
    END LOOP;
END $$;

INSERT INTO notes.watched
SELECT relation.oid,
       coalesce(string_agg(format('t.%1$I = r.%1$I', attname), ' AND '), 't::text = r::text')
FROM pg_class AS relation
    LEFT JOIN pg_index ON indrelid = relation.oid AND indisprimary
    LEFT JOIN pg_attribute ON attrelid = relation.oid AND attnum = ANY (indkey)
WHERE relkind = 'r'
    AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'notes')
GROUP BY relation.oid;

DO $$
DECLARE
    watched regclass;
BEGIN
    FOR watched IN SELECT relation FROM notes.watched LOOP
        EXECUTE format(
            'CREATE TRIGGER keep_notes AFTER INSERT OR UPDATE OR DELETE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION notes.keep()', watched);
    END LOOP;
END $$;
