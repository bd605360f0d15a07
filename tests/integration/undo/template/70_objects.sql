-- What is no table.
CREATE SEQUENCE app.plain;
CREATE SEQUENCE app.uncalled START 5;
CREATE SEQUENCE app.called;
SELECT nextval('app.called'), nextval('app.called');
CREATE SEQUENCE app.down INCREMENT -3 MINVALUE -20 MAXVALUE 10 START 10 CYCLE;
SELECT nextval('app.down');
CREATE SEQUENCE app.cycle AS smallint MINVALUE 1 MAXVALUE 4 CYCLE;
SELECT setval('app.cycle', 4);
CREATE SEQUENCE app.cached CACHE 20;
SELECT nextval('app.cached');
CREATE SEQUENCE app.limit MAXVALUE 3;
CREATE SEQUENCE app."Odd ""Sequence"" $$";
SELECT setval('app."Odd ""Sequence"" $$"', 7, false);
CREATE SEQUENCE app.owners;
ALTER SEQUENCE app.owners OWNER TO undo_owner;

SELECT lo_from_bytea(900000 + g, decode(repeat('00ff61', g * 900), 'hex')) FROM generate_series(1, 5) g;
SELECT lo_create(900100);
ALTER LARGE OBJECT 900001 OWNER TO undo_owner;
GRANT SELECT, UPDATE ON LARGE OBJECT 900002 TO undo_app;
COMMENT ON LARGE OBJECT 900003 IS 'a large one';

CREATE TYPE app.state AS ENUM ('new', 'Open ''now''', 'closed', '');
CREATE AGGREGATE app.total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE STATISTICS app.related ON a, b FROM app.composite_key;
CREATE PUBLICATION inserts FOR TABLE app.serial_key WITH (publish = 'insert');
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple);
CREATE COLLATION app.codes FROM "C";
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO undo_app;
ALTER TABLE app.counts SET (fillfactor = 70, autovacuum_enabled = false);
ALTER TABLE app.orders REPLICA IDENTITY FULL;
ALTER TABLE app.customer ALTER COLUMN name SET STATISTICS 50;

GRANT USAGE ON SCHEMA app, "Odd ""Schema"" $1" TO undo_app, undo_owner;
GRANT ALL ON ALL TABLES IN SCHEMA app, public, "Odd ""Schema"" $1" TO undo_app;
GRANT ALL ON ALL SEQUENCES IN SCHEMA app, public, "Odd ""Schema"" $1" TO undo_app;
REVOKE DELETE ON app.hen FROM undo_app;
GRANT INSERT (id), UPDATE (v) ON app.behind_rules TO undo_owner;
