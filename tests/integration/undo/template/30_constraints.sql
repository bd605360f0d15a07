CREATE TABLE app.tree (
    id serial PRIMARY KEY, parent integer REFERENCES app.tree ON DELETE CASCADE ON UPDATE CASCADE, v text
);
INSERT INTO app.tree (parent, v) SELECT CASE WHEN g > 4 THEN g / 3 + 1 END, 'node ' || g FROM generate_series(1, 40) g;

CREATE TABLE app.customer (id serial PRIMARY KEY, name text UNIQUE, vip boolean DEFAULT false);
CREATE TABLE app.orders (
    id serial PRIMARY KEY,
    customer integer NOT NULL REFERENCES app.customer ON DELETE CASCADE ON UPDATE CASCADE,
    total numeric
);
CREATE TABLE app.line (
    "order" integer REFERENCES app.orders ON DELETE CASCADE ON UPDATE CASCADE, number integer, what text,
    PRIMARY KEY ("order", number)
);
CREATE TABLE app.complaint (
    id integer PRIMARY KEY, "order" integer REFERENCES app.orders ON DELETE SET NULL ON UPDATE SET NULL, v text
);
CREATE TABLE app.favour (
    id integer PRIMARY KEY,
    customer integer DEFAULT 1 REFERENCES app.customer ON DELETE SET DEFAULT ON UPDATE SET DEFAULT
);
INSERT INTO app.customer (name, vip) SELECT 'customer ' || g, g % 3 = 0 FROM generate_series(1, 20) g;
INSERT INTO app.orders (customer, total) SELECT g % 20 + 1, g FROM generate_series(1, 40) g;
INSERT INTO app.line SELECT g % 40 + 1, g, 'thing' FROM generate_series(1, 80) g;
INSERT INTO app.complaint SELECT g, g, 'bad' FROM generate_series(1, 40) g;
INSERT INTO app.favour SELECT g, g % 20 + 1 FROM generate_series(1, 40) g;

-- Each refers to the other, looked at when a transaction ends.
CREATE TABLE app.hen (id integer PRIMARY KEY, egg integer NOT NULL, v text);
CREATE TABLE app.egg (
    id integer PRIMARY KEY, hen integer NOT NULL REFERENCES app.hen DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO app.hen SELECT g, g FROM generate_series(1, 40) g;
INSERT INTO app.egg SELECT g, g FROM generate_series(1, 40) g;
ALTER TABLE app.hen ADD CONSTRAINT hen_egg FOREIGN KEY (egg) REFERENCES app.egg DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE app.later (
    id integer PRIMARY KEY DEFERRABLE INITIALLY IMMEDIATE,
    place integer UNIQUE DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO app.later SELECT g, g FROM generate_series(1, 40) g;

CREATE TABLE app.booking (
    id integer PRIMARY KEY, during int4range NOT NULL, v text,
    EXCLUDE USING gist (during WITH &&)
);
INSERT INTO app.booking SELECT g, int4range(g * 10, g * 10 + 8), 'v' FROM generate_series(1, 40) g;
CREATE TABLE app.shifts (
    during int4range NOT NULL, v text,
    EXCLUDE USING gist (during WITH &&) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO app.shifts SELECT int4range(g * 10, g * 10 + 8), 'v' FROM generate_series(1, 40) g;

CREATE TABLE app.checked (
    id integer PRIMARY KEY, v integer CHECK (v < 500), w integer, CONSTRAINT both_or_none CHECK (w IS NULL OR w > v),
    one integer UNIQUE NULLS NOT DISTINCT
);
INSERT INTO app.checked SELECT g, g, g + 1, g FROM generate_series(1, 40) g;

-- Row security: of the owner, of others, forced.
CREATE TABLE app.secured (id serial PRIMARY KEY, owner text DEFAULT current_user, v text);
INSERT INTO app.secured (owner, v) SELECT (ARRAY['undo_app', 'undo_owner', 'postgres'])[g % 3 + 1], 'v' || g
FROM generate_series(1, 40) g;
ALTER TABLE app.secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.secured USING (owner = current_user) WITH CHECK (owner = current_user OR v = 'open');
CREATE TABLE app.forced (id integer PRIMARY KEY, owner text DEFAULT current_user, v text);
INSERT INTO app.forced SELECT g, (ARRAY['undo_app', 'undo_owner'])[g % 2 + 1], 'v' || g FROM generate_series(1, 40) g;
ALTER TABLE app.forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON app.forced FOR SELECT USING (id % 2 = 0);
CREATE POLICY changed ON app.forced FOR ALL TO PUBLIC USING (id < 30);
ALTER TABLE app.forced OWNER TO undo_owner;

CREATE TABLE app.elsewhere (id serial PRIMARY KEY, v text, w integer);
INSERT INTO app.elsewhere (v, w) SELECT 'v' || g, g FROM generate_series(1, 40) g;
ALTER TABLE app.elsewhere OWNER TO undo_owner;
