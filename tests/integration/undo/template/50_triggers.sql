-- The application's own triggers.
CREATE TABLE app.audit (at bigserial, what text, id integer, before text, after text);

-- One that changes what is written, and refuses some rows without a word.
CREATE TABLE app.polished (id serial PRIMARY KEY, v text, changed integer DEFAULT 0);
INSERT INTO app.polished (v) SELECT 'v' || g FROM generate_series(1, 40) g;
CREATE FUNCTION app.polish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RETURN CASE WHEN OLD.id % 5 = 0 THEN NULL ELSE OLD END;
    END IF;
    NEW.v := upper(NEW.v);
    NEW.changed := coalesce(NEW.changed, 0) + 1;
    RETURN CASE WHEN NEW.v = 'REFUSED' THEN NULL ELSE NEW END;
END $$;
CREATE TRIGGER polish BEFORE INSERT OR UPDATE OR DELETE ON app.polished
FOR EACH ROW EXECUTE FUNCTION app.polish();

-- One that writes to another table, and changes its own table once more.
CREATE TABLE app.audited (id serial PRIMARY KEY, v text, sum integer DEFAULT 0);
INSERT INTO app.audited (v) SELECT 'v' || g FROM generate_series(1, 40) g;
CREATE FUNCTION app.audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audit (what, id, before, after)
    VALUES (TG_OP, coalesce(NEW.id, OLD.id), OLD::text, NEW::text);
    IF TG_OP <> 'DELETE' AND pg_trigger_depth() < 3 THEN
        UPDATE app.audited SET sum = sum + 1 WHERE id IN (NEW.id, NEW.id + 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.audited FOR EACH ROW EXECUTE FUNCTION app.audit();

-- Statement triggers with transition tables, whose names sort before and after most others.
CREATE TABLE app.counted (id integer PRIMARY KEY, v text);
CREATE TABLE app.counts (what text, rows bigint, digest text);
INSERT INTO app.counted SELECT g, 'v' || g FROM generate_series(1, 40) g;
CREATE FUNCTION app.count_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.counts SELECT TG_OP, count(*), string_agg(n.v, ',' ORDER BY id) FROM new_rows n;
    RETURN NULL;
END $$;
CREATE FUNCTION app.count_old() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.counts SELECT TG_OP, count(*), string_agg(o.v, ',' ORDER BY id) FROM old_rows o;
    UPDATE app.counted SET v = v || '+' WHERE id = (SELECT min(id) FROM app.counted) AND length(v) < 20;
    RETURN NULL;
END $$;
CREATE TRIGGER "!first" AFTER INSERT ON app.counted REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION app.count_new();
CREATE TRIGGER "~last" AFTER DELETE ON app.counted REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION app.count_old();
CREATE TRIGGER update AFTER UPDATE ON app.counted REFERENCING NEW TABLE AS new_rows OLD TABLE AS old
FOR EACH STATEMENT EXECUTE FUNCTION app.count_new();

-- One that runs when the transaction ends, one in every mode, one in replica mode only, one never.
CREATE TABLE app.modes (id integer PRIMARY KEY, v text, n integer DEFAULT 0);
INSERT INTO app.modes SELECT g, 'v' || g FROM generate_series(1, 40) g;
CREATE FUNCTION app.note_mode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audit (what, id) VALUES (TG_NAME || ' ' || TG_OP, coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT OR UPDATE ON app.modes DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION app.note_mode();
CREATE TRIGGER every_mode AFTER INSERT OR UPDATE OR DELETE ON app.modes FOR EACH ROW EXECUTE FUNCTION app.note_mode();
CREATE TRIGGER replica_mode AFTER UPDATE OR DELETE ON app.modes FOR EACH ROW EXECUTE FUNCTION app.note_mode();
CREATE TRIGGER never AFTER UPDATE OR DELETE ON app.modes FOR EACH ROW EXECUTE FUNCTION app.note_mode();
ALTER TABLE app.modes ENABLE ALWAYS TRIGGER every_mode, ENABLE REPLICA TRIGGER replica_mode, DISABLE TRIGGER never;

-- A trigger for one column, and one that draws from a sequence that no table owns.
CREATE SEQUENCE app.ticket;
CREATE TABLE app.ticketed (id integer PRIMARY KEY, v text, ticket bigint);
INSERT INTO app.ticketed SELECT g, 'v' || g, nextval('app.ticket') FROM generate_series(1, 40) g;
CREATE FUNCTION app.draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ticket := nextval('app.ticket');
    RETURN NEW;
END $$;
CREATE TRIGGER draw BEFORE UPDATE OF v ON app.ticketed FOR EACH ROW WHEN (OLD.v IS DISTINCT FROM NEW.v)
EXECUTE FUNCTION app.draw();
