-- The schema "pgclone": what a database carries whose changes are undone (the setting `reset: undo`).
--
-- It is installed into a template of pgclone's own, in one transaction, by the connecting role, who
-- owns all of it. Every table gets triggers that note each row that comes or goes, in its text form,
-- with a sign. The sum of the signs of one and the same row says how often it came or went in all, in
-- whatever order that was: so a table is put back by taking out what is above zero, and putting in what
-- is below. Notes are text, and not the table's row type, since a column of that type would keep the
-- application from altering or dropping its own table; what pg_dump writes is text for the same reason.
--
-- Errors with the code PGC04 refuse to go on, PGC06 says what the role may not do; both are told as
-- they are.

DO $install$
BEGIN
    IF to_regnamespace('pgclone') IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PGC04',
            MESSAGE = 'the template has a schema "pgclone" of its own',
            HINT = 'A database that pgclone made to be undone has one, and is no template for others: name the one that it came from; or set "reset: swap".';
    END IF;
END $install$;

CREATE SCHEMA pgclone;
GRANT USAGE ON SCHEMA pgclone TO PUBLIC; -- whoever dumps the database reads what is in it

-- No sequence: it would change what lastval() says to the application.
CREATE UNLOGGED TABLE pgclone.note (
    relation oid NOT NULL,          -- the table, the partition itself of a partitioned one
    sign int NOT NULL,              -- 1: the row came, -1: it went, 0: nobody knows what else was changed
    line text COLLATE "C" NOT NULL  -- the row
);

-- Unlogged as the notes are, so that a publication of all tables does not have them.
CREATE UNLOGGED TABLE pgclone.baseline (
    statistics text NOT NULL,  -- when the server last lost its counters
    facts text NOT NULL        -- what the shared catalogs say of this database
);

-- Tables that are watched, and why one cannot be put back by itself; NULL: it can.
CREATE TABLE pgclone.watched (
    relation oid PRIMARY KEY,
    obstacle text
);

-- ------------------------------------------------------------------------------------- the notes
--
-- A function for each event, since a trigger's transition tables depend on it. The first argument is
-- the table that is noted. The application may set how values are written (dates, floats and others):
-- the functions that note columns of such types fix that. It costs time at every statement, so there
-- are functions for each set of settings that a table needs, and no others. Counters are what the
-- proof is made of: where they are switched off, nobody knows what else was done. The row is written
-- with a star, since a column may have the name of the transition table.

-- The functions that note rows under the settings of `style`, bits of pgclone.styles; made once.
CREATE FUNCTION pgclone.make_notes(style int) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $make$
DECLARE
    settings text;
    known constant text := $sql$CASE pg_catalog.current_setting('track_counts') WHEN 'off' THEN 0 ELSE %s END$sql$;
    came constant text := format('INSERT INTO pgclone.note SELECT TG_ARGV[0]::pg_catalog.oid, %s, '
        '(pgclone_new.*)::pg_catalog.text FROM pgclone_new;', format(known, 1));
    went constant text := format('INSERT INTO pgclone.note SELECT TG_ARGV[0]::pg_catalog.oid, %s, '
        '(pgclone_old.*)::pg_catalog.text FROM pgclone_old;', format(known, -1));
    by_row constant text := format($sql$
        IF TG_OP <> 'INSERT' THEN
            INSERT INTO pgclone.note VALUES (TG_ARGV[0]::pg_catalog.oid, %s, OLD::pg_catalog.text);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO pgclone.note VALUES (TG_ARGV[0]::pg_catalog.oid, %s, NEW::pg_catalog.text);
        END IF; $sql$, format(known, -1), format(known, 1));
BEGIN
    IF to_regproc(format('pgclone.note_row_%s', style)) IS NOT NULL THEN
        RETURN;
    END IF;
    settings := (SELECT string_agg(format('SET %s = %L', s.name, s.value), ' ') FROM pgclone.styles s
                 WHERE s.bit & style <> 0);
    EXECUTE (SELECT string_agg(format(
        'CREATE FUNCTION pgclone.note_%s_%s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
        'SET search_path = pg_catalog, pg_temp %s AS %L;',
        event, style, settings, 'BEGIN ' || statements || ' RETURN NULL; END'), '')
        FROM (VALUES ('insert', came), ('delete', went), ('update', went || came), ('row', by_row))
            AS functions (event, statements));
END $make$;

-- The settings that decide how values are written, and for which types.
CREATE VIEW pgclone.styles AS
    SELECT * FROM (VALUES
        (1, 'extra_float_digits', '3', ARRAY['float4', 'float8', 'point', 'line', 'lseg', 'box', 'path',
                                             'polygon', 'circle']),
        (2, 'DateStyle', 'ISO, YMD', ARRAY['date', 'timestamp', 'timestamptz']),
        (4, 'TimeZone', 'GMT', ARRAY['timestamptz']),
        (8, 'IntervalStyle', 'postgres', ARRAY['interval']),
        (16, 'bytea_output', 'hex', ARRAY['bytea']),
        (32, 'lc_monetary', 'C', ARRAY['money'])) AS styles (bit, name, value, types);

-- --------------------------------------------------------------------------------- the beginning

-- What follows is called by begin() and undo(), which fix the search path and all other settings that
-- matter. Functions are written in PL/pgSQL, which keeps their plans from one undo to the next.

-- A crash, and whoever resets statistics, leaves another time in one of these.
CREATE FUNCTION pgclone.statistics() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN concat_ws('/', pg_stat_get_bgwriter_stat_reset_time(), current_setting('track_counts'),
                     pg_stat_get_db_stat_reset_time((SELECT oid FROM pg_database
                                                     WHERE datname = current_database())));
END $$;

-- What the catalogs that all databases share say of this one, but for its name. Its comment is pgclone's
-- mark, whose text changes; how that begins does not.
CREATE FUNCTION pgclone.facts() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT concat_ws('/', d.datdba, d.datacl, d.datconnlimit, d.dattablespace, d.datistemplate,
                             d.datallowconn,
                             (SELECT string_agg(concat_ws('=', s.setrole, s.setconfig), ',' ORDER BY s.setrole)
                              FROM pg_db_role_setting s WHERE s.setdatabase = d.oid),
                             coalesce((SELECT left(s.description, 8) FROM pg_shdescription s
                                       WHERE s.objoid = d.oid AND s.classoid = 'pg_database'::regclass), ''),
                             (SELECT count(*) FROM pg_subscription WHERE subdbid = d.oid),
                             (SELECT count(*) FROM pg_get_replication_slots() WHERE datoid = d.oid))
            FROM pg_database d WHERE d.datname = current_database());
END $$;

-- ----------------------------------------------------------------------------------------- undoing

-- Ends all other sessions of the database, and waits until they are gone: each tells its counters
-- before it leaves the list. One that this role may not end, a superuser's, may be leaving by itself:
-- only when it is there after half a second is that an error.
CREATE FUNCTION pgclone.end_sessions() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    here oid := (SELECT oid FROM pg_database WHERE datname = current_database());
    leaving int[];
BEGIN
    SELECT array_agg(pid) INTO leaving FROM pg_stat_get_activity(NULL)
        WHERE datid = here AND usesysid IS NOT NULL AND pid <> pg_backend_pid();
    FOR i IN 1..coalesce(cardinality(leaving), 0) LOOP
        BEGIN
            PERFORM pg_terminate_backend(leaving[i]);
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
    FOR i IN 1..20000 LOOP
        EXIT WHEN leaving IS NULL;
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_get_activity(NULL) WHERE pid = ANY(leaving));
        IF i = 1000 THEN
            PERFORM pg_terminate_backend(pid) FROM pg_stat_get_activity(NULL) WHERE pid = ANY(leaving);
        END IF;
        PERFORM pg_sleep(0.0005);
        IF i = 20000 THEN
            RAISE EXCEPTION 'a session did not end';
        END IF;
    END LOOP;
END $$;

-- Says what kind of statement has changed these catalogs, as far as they tell.
CREATE FUNCTION pgclone.explain(changed oid[], OUT reason text, OUT detail text) LANGUAGE plpgsql AS $$
BEGIN
    detail := (SELECT string_agg(relation::regclass::text, ', ') FROM unnest(changed) AS relation);
    reason := CASE
        WHEN changed && ARRAY['pg_largeobject', 'pg_largeobject_metadata']::regclass[]::oid[]
            THEN 'large objects'
        WHEN changed <@ ARRAY['pg_trigger']::regclass[]::oid[]
            THEN 'a trigger that was enabled or disabled'
        WHEN changed <@ ARRAY['pg_class']::regclass[]::oid[]
            THEN 'TRUNCATE, REINDEX, or GRANT or ALTER on a table'
        WHEN pg_stat_get_tuples_inserted('pg_class'::regclass) > 0
             AND pg_stat_get_tuples_inserted('pg_class'::regclass) = pg_stat_get_tuples_deleted('pg_class'::regclass)
            THEN 'a temporary table, REFRESH MATERIALIZED VIEW, CLUSTER or another statement that writes a table anew'
        ELSE 'DDL'
    END;
END $$;

-- Takes back what the notes say, table by table, with the functions that were made for them. The notes
-- are read once, since those of earlier undos are still in their pages until these are vacuumed.
CREATE FUNCTION pgclone.play() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    PERFORM set_config('pgclone.undo', 'playing', true);
    FOR one IN
        SELECT relation, array_agg(line) FILTER (WHERE times > 0) AS came,
               array_agg(times) FILTER (WHERE times > 0) AS came_times,
               array_agg(line) FILTER (WHERE times < 0) AS went,
               array_agg(-times) FILTER (WHERE times < 0) AS went_times
        FROM (SELECT relation, line, sum(sign)::int AS times FROM pgclone.note
              GROUP BY relation, line HAVING sum(sign) <> 0) AS net
        GROUP BY relation
    LOOP
        EXECUTE format('SELECT pgclone.play_%s($1, $2, $3, $4)', one.relation)
            USING one.came, one.came_times, one.went, one.went_times;
    END LOOP;
    DELETE FROM pgclone.note;
    PERFORM set_config('pgclone.undo', '', true);
END $$;

-- What keeps the database from being put back, or NULL.
CREATE FUNCTION pgclone.obstacle(OUT reason text, OUT detail text) LANGUAGE plpgsql AS $$
DECLARE
    changed oid[] := pgclone.changed_catalogs();
BEGIN
    -- Nothing is counted then, so that nothing looks changed.
    IF current_setting('track_counts') = 'off'
       OR EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting WHERE setting LIKE 'track_counts=%') THEN
        reason := 'track_counts is off for the server or a role';
    ELSIF changed IS NOT NULL THEN
        SELECT * INTO reason, detail FROM pgclone.explain(changed);
    ELSIF NOT EXISTS (SELECT FROM pgclone.baseline WHERE statistics = pgclone.statistics()) THEN
        reason := 'the server lost its statistics, or they were reset';
    ELSIF NOT EXISTS (SELECT FROM pgclone.baseline WHERE facts = pgclone.facts()) THEN
        reason := 'ALTER DATABASE, GRANT ON DATABASE, a subscription or a replication slot';
    ELSE
        SELECT coalesce(w.obstacle, 'track_counts was off'), n.relation::regclass::text INTO reason, detail
        FROM pgclone.note n LEFT JOIN pgclone.watched w USING (relation)
        WHERE n.sign = 0 OR w.obstacle IS NOT NULL LIMIT 1;
    END IF;
END $$;

/*
 * Puts the database back to what it was when it was made, and proves that it is that.
 *
 *   undone    it is
 *   refused   it may not be, and nothing was done about it: `reason` is the kind of statement that
 *             did it, `detail` what the catalogs tell
 *   prepared  `detail` has a statement on each line, to be sent first: transactions that were
 *             prepared hold locks, and no function may end them
 *
 * `vacuum` says that the notes that were taken back fill so many pages that reading these is slow.
 * Other sessions that connect while this goes on wait before their first change, and come after it.
 */
CREATE FUNCTION pgclone.undo(OUT outcome text, OUT reason text, OUT detail text, OUT vacuum boolean)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' SET row_security = off
    SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' SET TimeZone = 'GMT'
    SET extra_float_digits = 3 SET bytea_output = 'hex' SET lc_monetary = 'C' SET xmloption = 'content'
    SET array_nulls = on SET transform_null_equals = off SET enable_seqscan = off SET jit = off
    SET plan_cache_mode = force_generic_plan SET stats_fetch_consistency = none AS $$
BEGIN
    PERFORM pgclone.end_sessions();
    detail := (SELECT string_agg(format('ROLLBACK PREPARED %L', p.gid), E'\n') FROM pg_prepared_xact() p
               JOIN pg_database d ON d.oid = p.dbid WHERE d.datname = current_database());
    IF detail IS NOT NULL THEN
        outcome := 'prepared';
        RETURN;
    END IF;
    LOCK TABLE pgclone.note IN EXCLUSIVE MODE;
    SELECT * INTO reason, detail FROM pgclone.obstacle();
    IF reason IS NOT NULL THEN
        outcome := 'refused';
        RETURN;
    END IF;
    PERFORM pgclone.play_sequences();
    PERFORM pgclone.play();
    outcome := 'undone';
    vacuum := pg_relation_size('pgclone.note') > 32 * 8192;
END $$;

-- Called once in each new database, before anybody gets it.
CREATE FUNCTION pgclone.begin(OUT outcome text, OUT reason text, OUT detail text, OUT vacuum boolean)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET TimeZone = 'GMT' SET DateStyle = 'ISO, YMD' AS $$
BEGIN
    DELETE FROM pgclone.baseline;
    INSERT INTO pgclone.baseline VALUES (pgclone.statistics(), pgclone.facts());
    -- An event trigger on login, say, has changed something in this very session.
    SELECT * INTO outcome, reason, detail, vacuum FROM pgclone.undo();
END $$;

-- ------------------------------------------------------------------- what depends on the template

-- The tables that are watched. A foreign table's rows are elsewhere: no copy has rows of its own.
-- Transition tables do not tell all of partitions and of children: a MERGE that moves a row to another
-- partition shows it to the triggers of DELETE and INSERT only, which do not fire for an UPDATE; and a
-- child has columns of its own. There each row is noted by itself, as the partition's or the child's.
CREATE VIEW pgclone.tables AS
    SELECT c.oid AS relation, c.relkind, c.relowner,
           EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) AS by_row
    FROM pg_catalog.pg_class c
    WHERE c.relkind = 'r' AND c.relpersistence IN ('p', 'u') AND c.oid >= 16384
      AND c.relnamespace NOT IN (SELECT n.oid FROM pg_catalog.pg_namespace n
                                 WHERE n.nspname IN ('pgclone', 'pg_catalog', 'information_schema', 'pg_toast'));

-- A table's columns as its rows' text has them: those that cannot be put in are left empty.
CREATE FUNCTION pgclone.row_of(relation oid, alias text) RETURNS text LANGUAGE sql
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('ROW(%s)::pg_catalog.text',
                  string_agg(CASE a.attgenerated WHEN 'v' THEN 'NULL' ELSE format('%s.%I', alias, a.attname) END,
                             ', ' ORDER BY a.attnum))
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- The settings, as bits of pgclone.styles, that the text of a type's values depends on: for a type that
-- nobody knows, all of them.
CREATE FUNCTION pgclone.style_of(type oid) RETURNS int LANGUAGE sql
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN t.typtype = 'd' THEN pgclone.style_of(t.typbasetype)
        WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN pgclone.style_of(t.typelem)
        WHEN t.typtype IN ('r', 'm')
            THEN (SELECT pgclone.style_of(r.rngsubtype) FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid))
        WHEN t.typtype = 'e' THEN 0
        WHEN t.typtype = 'b' AND t.typnamespace = 'pg_catalog'::regnamespace
            THEN (SELECT coalesce(sum(s.bit), 0)::int FROM pgclone.styles s WHERE t.typname = ANY(s.types))
        ELSE (SELECT sum(s.bit)::int FROM pgclone.styles s)
    END
    FROM pg_type t WHERE t.oid = type
$$;

-- The condition on which the row "t" of a table is that of "net.r", by a unique index; NULL: there
-- is none that all rows are in.
CREATE FUNCTION pgclone.key_of(relation oid) RETURNS text LANGUAGE sql
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(format('t.%I OPERATOR(%I.%s) (net.r).%I', a.attname, n.nspname, o.oprname, a.attname), ' AND ')
    FROM (SELECT i.* FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
          WHERE i.indrelid = relation AND i.indisunique AND i.indisvalid AND m.amname = 'btree'
            AND i.indpred IS NULL AND i.indexprs IS NULL
            AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND NOT a.attnotnull
                            AND a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]))
          ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS i
    CROSS JOIN generate_series(0, i.indnkeyatts - 1) AS at
    JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = i.indkey[at]
    JOIN pg_opclass k ON k.oid = i.indclass[at]
    JOIN pg_amop p ON p.amopfamily = k.opcfamily AND p.amoplefttype = k.opcintype
         AND p.amoprighttype = k.opcintype AND p.amopstrategy = 3
    JOIN pg_operator o ON o.oid = p.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
$$;

/*
 * The function that puts one table back: the rows `came` are taken out, and `went` put in, each as often
 * as its number says. The rows that are taken out must be there, exactly as they were noted: if one is
 * not, something was not noted. Partitions and children are put back one by one.
 */
CREATE FUNCTION pgclone.play_text(relation oid) RETURNS text LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place constant text := (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
                            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
    columns constant text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                              WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
    fields constant text := (SELECT string_agg(format('(net.r).%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
                             WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
    line constant text := coalesce(pgclone.row_of(relation, 't'), 'ROW()::pg_catalog.text');
    key constant text := pgclone.key_of(relation);
    removal text;
    return_of text;
BEGIN
    IF key IS NOT NULL THEN
        removal := format($sql$
                WITH net AS MATERIALIZED (SELECT n.line, n.line::%1$s AS r FROM unnest(came) AS n (line))
                DELETE FROM ONLY %1$s AS t USING net WHERE %2$s AND %3$s = net.line;$sql$, place, key, line);
    ELSE
        removal := format($sql$
                WITH net AS MATERIALIZED (SELECT n.line, n.times FROM unnest(came, came_times) AS n (line, times)),
                doomed AS MATERIALIZED (
                    SELECT t.ctid AS place, net.times,
                           row_number() OVER (PARTITION BY net.line ORDER BY t.ctid DESC) AS number
                    FROM ONLY %1$s AS t JOIN net ON net.line = %2$s)
                DELETE FROM ONLY %1$s AS t USING doomed
                    WHERE t.ctid = doomed.place AND doomed.number <= doomed.times;$sql$, place, line);
    END IF;
    return_of := format($sql$
                INSERT INTO %1$s %2$s
                    SELECT %3$s FROM (SELECT n.line::%1$s AS r, n.times FROM unnest(went, went_times)
                                      AS n (line, times) OFFSET 0) AS net,
                                     LATERAL generate_series(1, net.times);$sql$,
        place, CASE WHEN columns IS NULL THEN '' ELSE format('(%s) OVERRIDING SYSTEM VALUE', columns) END, fields);
    RETURN format($def$
        DECLARE
            done bigint;
        BEGIN
            IF came IS NOT NULL THEN
                %s
                GET DIAGNOSTICS done = ROW_COUNT;
                IF done <> (SELECT sum(times) FROM unnest(came_times) AS times) THEN
                    RAISE EXCEPTION 'not all rows that came are there in %%', %L;
                END IF;
            END IF;
            IF went IS NOT NULL THEN
                %s
            END IF;
        END $def$, removal, place, return_of);
END $$;

-- Refuses where not all can be watched, with what is to be done about it.
DO $install$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(relation::regclass::text, ', ') INTO missing FROM pgclone.tables
        WHERE NOT pg_has_role(relowner, 'USAGE');
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PGC06',
            MESSAGE = format('the role "%s" cannot watch the tables of other owners: %s', current_user, missing),
            HINT = format('Let the role own them, or be a member of their owners: GRANT owner TO %I; or connect as a superuser; or set "reset: swap".', current_user);
    END IF;
    SELECT string_agg(c.oid::regclass::text, ', ') INTO missing FROM pg_catalog.pg_class c
        WHERE c.relkind = 'S' AND c.relpersistence <> 't'
          AND NOT (has_sequence_privilege(c.oid, 'SELECT') AND has_sequence_privilege(c.oid, 'UPDATE'));
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PGC06',
            MESSAGE = format('the role "%s" cannot put these sequences back: %s', current_user, missing),
            HINT = format('GRANT SELECT, UPDATE ON SEQUENCE ... TO %I; or set "reset: swap".', current_user);
    END IF;
END $install$;

-- The triggers.
DO $install$
DECLARE
    one record;
    event record;
    style int;
    playing constant text := $when$ WHEN (pg_catalog.current_setting('pgclone.undo', true) IS DISTINCT FROM 'playing') $when$;
BEGIN
    FOR one IN SELECT * FROM pgclone.tables LOOP
        style := (SELECT coalesce(bit_or(pgclone.style_of(a.atttypid)), 0) FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = one.relation AND a.attnum > 0 AND NOT a.attisdropped);
        PERFORM pgclone.make_notes(style);
        IF one.by_row THEN
            EXECUTE format('CREATE TRIGGER pgclone_row AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW %s '
                           'EXECUTE FUNCTION pgclone.note_row_%s(%L)', one.relation::regclass, playing, style, one.relation);
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER pgclone_row', one.relation::regclass);
            CONTINUE;
        END IF;
        FOR event IN SELECT * FROM (VALUES ('insert', 'REFERENCING NEW TABLE AS pgclone_new'),
                                           ('delete', 'REFERENCING OLD TABLE AS pgclone_old'),
                                           ('update', 'REFERENCING OLD TABLE AS pgclone_old NEW TABLE AS pgclone_new'))
                     AS events (name, tables) LOOP
            EXECUTE format('CREATE TRIGGER pgclone_%s AFTER %s ON %s %s FOR EACH STATEMENT %s '
                           'EXECUTE FUNCTION pgclone.note_%s_%s(%L)',
                           event.name, event.name, one.relation::regclass, event.tables, playing,
                           event.name, style, one.relation);
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER pgclone_%s', one.relation::regclass, event.name);
        END LOOP;
    END LOOP;
END $install$;

-- What would do something of its own while a table is put back: it fires in replica mode, too.
INSERT INTO pgclone.watched
    SELECT relation, CASE
        WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger g
                     WHERE g.tgrelid = t.relation
                       AND NOT g.tgisinternal AND g.tgenabled IN ('A', 'R') AND g.tgname NOT LIKE 'pgclone\_%')
            THEN 'a table with a trigger that always fires, or in replica mode'
        WHEN EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = t.relation AND w.ev_enabled IN ('A', 'R'))
            THEN 'a table with a rule that always holds, or in replica mode'
    END
    FROM pgclone.tables t;

-- The functions that put tables and sequences back, and the one that looks at the catalogs.
DO $install$
DECLARE
    one record;
    steps text := '';
BEGIN
    FOR one IN SELECT relation FROM pgclone.tables LOOP
        EXECUTE format('CREATE FUNCTION pgclone.play_%s(came text[], came_times int[], went text[], went_times int[]) '
                       'RETURNS void LANGUAGE plpgsql AS %L',
                       one.relation, pgclone.play_text(one.relation));
    END LOOP;
    FOR one IN SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind = 'S' AND c.relpersistence <> 't' LOOP
        DECLARE
            was record;
        BEGIN
            EXECUTE format('SELECT last_value, is_called FROM %I.%I', one.nspname, one.relname) INTO was;
            -- Who uses a sequence reads its page, which the server counts.
            steps := steps || format($step$
                IF pg_stat_get_blocks_fetched(%1$s) > 0 THEN
                    SELECT last_value, is_called INTO value, called FROM %2$I.%3$I;
                    IF value <> %4$s OR called <> %5$L THEN
                        PERFORM setval(%1$s::regclass, %4$s, %5$L);
                    END IF;
                END IF;$step$, one.oid, one.nspname, one.relname, was.last_value, was.is_called);
        END;
    END LOOP;
    EXECUTE format('CREATE FUNCTION pgclone.play_sequences() RETURNS void LANGUAGE plpgsql AS %L',
                   'DECLARE value bigint; called boolean; BEGIN ' || steps || ' END');
    EXECUTE format('CREATE FUNCTION pgclone.changed_catalogs() RETURNS oid[] LANGUAGE plpgsql AS %L', format($sql$
        BEGIN
            RETURN (SELECT array_agg(relation) FROM unnest(%L::oid[]) AS relation
                    WHERE pg_stat_get_tuples_inserted(relation) > 0 OR pg_stat_get_tuples_updated(relation) > 0
                       OR pg_stat_get_tuples_deleted(relation) > 0);
        END $sql$,
        -- Planner statistics are nobody's content; shared catalogs belong to all databases.
        (SELECT array_agg(c.oid) FROM pg_catalog.pg_class c
         WHERE (c.relkind = 'm' OR c.relkind = 'r' AND c.relnamespace::regnamespace::text IN ('pg_catalog', 'information_schema'))
           AND NOT c.relisshared AND c.oid NOT IN ('pg_statistic'::regclass, 'pg_statistic_ext_data'::regclass))));
END $install$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgclone FROM PUBLIC;
GRANT SELECT ON pgclone.note, pgclone.baseline, pgclone.watched TO PUBLIC;

DROP VIEW pgclone.tables;
DROP FUNCTION pgclone.play_text(oid), pgclone.key_of(oid), pgclone.row_of(oid, text), pgclone.style_of(oid),
    pgclone.make_notes(int);
DROP VIEW pgclone.styles;
