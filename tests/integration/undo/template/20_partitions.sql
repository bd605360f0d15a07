-- Partitioned by range with a key: a leaf with another column order, one that has levels of its own.
CREATE TABLE app.by_range (
    id integer, day date, v text, w integer DEFAULT 5, PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE app.by_range_1 PARTITION OF app.by_range FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE app.by_range_2 (
    w integer DEFAULT 6, gone text, v text, day date NOT NULL, id integer NOT NULL, PRIMARY KEY (id, day)
);
ALTER TABLE app.by_range_2 DROP COLUMN gone;
ALTER TABLE app.by_range ATTACH PARTITION app.by_range_2 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE app.by_range_3 PARTITION OF app.by_range FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')
PARTITION BY HASH (id);
CREATE TABLE app.by_range_3a PARTITION OF app.by_range_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.by_range_3b PARTITION OF app.by_range_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE app.by_range_rest PARTITION OF app.by_range DEFAULT;
INSERT INTO app.by_range SELECT g, date '2019-06-01' + g * 40, 'v' || g FROM generate_series(1, 40) g;

-- By list without a key, with rows that are there twice.
CREATE TABLE app.by_list (region text, v integer, w json) PARTITION BY LIST (region);
CREATE TABLE app.by_list_north PARTITION OF app.by_list FOR VALUES IN ('north', 'pole');
CREATE TABLE app.by_list_south (w json, v integer, region text);
ALTER TABLE app.by_list ATTACH PARTITION app.by_list_south FOR VALUES IN ('south');
CREATE UNLOGGED TABLE app.by_list_none PARTITION OF app.by_list FOR VALUES IN (NULL);
CREATE TABLE app.by_list_rest PARTITION OF app.by_list DEFAULT PARTITION BY RANGE (v);
CREATE TABLE app.by_list_rest_low PARTITION OF app.by_list_rest FOR VALUES FROM (MINVALUE) TO (10);
CREATE TABLE app.by_list_rest_high PARTITION OF app.by_list_rest DEFAULT;
INSERT INTO app.by_list
SELECT (ARRAY['north', 'pole', 'south', 'east', NULL, 'west'])[g % 6 + 1], g % 13, '{"a":  1}'
FROM generate_series(1, 40) g;

-- By hash, with a sequence, a generated column and foreign keys to it and from it.
CREATE TABLE app.by_hash (
    id serial PRIMARY KEY, v text, twice text GENERATED ALWAYS AS (v || v) STORED,
    boss integer REFERENCES app.by_hash ON DELETE SET NULL ON UPDATE CASCADE
) PARTITION BY HASH (id);
CREATE TABLE app.by_hash_0 PARTITION OF app.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE app.by_hash_1 PARTITION OF app.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE app.by_hash_2 PARTITION OF app.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO app.by_hash (v, boss) SELECT 'v' || g, CASE WHEN g > 5 THEN g % 5 + 1 END FROM generate_series(1, 40) g;
CREATE TABLE app.of_hash (
    id integer PRIMARY KEY, of integer REFERENCES app.by_hash ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO app.of_hash SELECT g, g % 20 + 1 FROM generate_series(1, 40) g;

-- Triggers on the partitioned table and on a leaf.
CREATE FUNCTION app.mark_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.w := coalesce(NEW.w, 0) + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER moved BEFORE UPDATE ON app.by_range_1 FOR EACH ROW EXECUTE FUNCTION app.mark_moved();
CREATE TABLE app.range_audit (what text, id integer, at bigserial);
CREATE FUNCTION app.audit_range() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.range_audit (what, id) VALUES (TG_OP || ' ' || TG_TABLE_NAME, coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.by_range
FOR EACH ROW EXECUTE FUNCTION app.audit_range();

-- Inheritance, with more columns in the children.
CREATE TABLE app.parent (id serial PRIMARY KEY, v text);
CREATE TABLE app.child (extra text, more integer) INHERITS (app.parent);
CREATE TABLE app.other (side numeric, v text);
CREATE TABLE app.grandchild (last date) INHERITS (app.child, app.other);
INSERT INTO app.parent (v) SELECT 'p' || g FROM generate_series(1, 15) g;
INSERT INTO app.child (v, extra, more) SELECT 'c' || g, 'extra', g FROM generate_series(1, 15) g;
INSERT INTO app.other SELECT g, 'o' || g FROM generate_series(1, 15) g;
INSERT INTO app.grandchild (v, extra, side, last) SELECT 'g' || g, NULL, g, '2001-01-01' FROM generate_series(1, 15) g;
