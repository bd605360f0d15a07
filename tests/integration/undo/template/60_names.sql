-- Names that are hard to quote.
CREATE SCHEMA "Odd ""Schema"" $1";
CREATE TABLE "Odd ""Schema"" $1"."Order" (
    "Id" serial PRIMARY KEY, "select" text, "a b" integer, "quote""d" text, "dollar$$body$$" text, "%s {}" text,
    "back\slash" text, "new_rows" text, "sign" integer, "relation" oid, "row" text, "old" text, "new" text, "t" text
);
INSERT INTO "Odd ""Schema"" $1"."Order" ("select", "a b", "quote""d", "sign", "row", t)
SELECT 'select ' || g, g, '"', g % 3 - 1, '(' || g || ')', g FROM generate_series(1, 40) g;
CREATE TABLE "Odd ""Schema"" $1"."it's $$ a ""table"" -- /* \ %I" (a integer, "A" text);
INSERT INTO "Odd ""Schema"" $1"."it's $$ a ""table"" -- /* \ %I" SELECT g % 9, '$$' FROM generate_series(1, 40) g;
CREATE TABLE app."a_name_of_exactly_63_bytes_which_is_all_that_postgresql_takes_ok" (
    "a_column_of_exactly_63_bytes_which_is_all_that_postgresql_takes" serial PRIMARY KEY, v text
);
INSERT INTO app."a_name_of_exactly_63_bytes_which_is_all_that_postgresql_takes_ok" (v)
SELECT 'v' || g FROM generate_series(1, 40) g;
CREATE TABLE app."a_name_of_exactly_63_bytes_which_is_all_that_postgresql_takes_no" (id integer, v text);
INSERT INTO app."a_name_of_exactly_63_bytes_which_is_all_that_postgresql_takes_no"
SELECT g % 5, 'v' FROM generate_series(1, 40) g;
CREATE TABLE app."Größe 名前" ("Ä" text, "名" integer, PRIMARY KEY ("Ä"));
INSERT INTO app."Größe 名前" SELECT 'Ä' || g, g FROM generate_series(1, 40) g;
-- The same names as pgclone's own, and as what they are made of.
CREATE TABLE app.note (relation oid, sign smallint, row text);
INSERT INTO app.note SELECT 'app.note'::regclass, 1, 'row ' || g FROM generate_series(1, 40) g;
CREATE TABLE public.note (id serial PRIMARY KEY, v text);
INSERT INTO public.note (v) SELECT 'v' || g FROM generate_series(1, 40) g;
CREATE FUNCTION app.undo() RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- Names of the server's, which an application may have in its own schemas and search_path.
CREATE TABLE app.pg_class (oid integer PRIMARY KEY, relname text);
INSERT INTO app.pg_class SELECT g, 'mine' FROM generate_series(1, 40) g;
CREATE FUNCTION app.count(text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 42';
CREATE FUNCTION app.never(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR app.= (LEFTARG = text, RIGHTARG = text, FUNCTION = app.never);
CREATE DOMAIN app.text AS integer;
