-- Rules and views.
CREATE TABLE app.ruled (id integer PRIMARY KEY, v text);
CREATE TABLE app.rule_log (what text, id integer, v text);
INSERT INTO app.ruled SELECT g, 'v' || g FROM generate_series(1, 40) g;
CREATE RULE also_insert AS ON INSERT TO app.ruled DO ALSO
    INSERT INTO app.rule_log VALUES ('insert', NEW.id, NEW.v);
CREATE RULE also_update AS ON UPDATE TO app.ruled DO ALSO
    UPDATE app.rule_log SET v = NEW.v WHERE id = OLD.id;
CREATE RULE also_delete AS ON DELETE TO app.ruled WHERE OLD.id % 2 = 0 DO INSTEAD
    INSERT INTO app.rule_log VALUES ('delete', OLD.id, OLD.v);

CREATE VIEW app.plain_view AS SELECT id, name, amount FROM app.serial_key WHERE id > 3;
CREATE VIEW app.checked_view AS SELECT id, v, w FROM app.identity_default WHERE w < 60 WITH CASCADED CHECK OPTION;
CREATE TABLE app.behind_rules (id integer PRIMARY KEY, v text);
INSERT INTO app.behind_rules SELECT g, 'v' || g FROM generate_series(1, 40) g;
CREATE VIEW app.ruled_view AS SELECT id, v, 'fixed'::text AS kind FROM app.behind_rules GROUP BY id;
CREATE RULE instead_insert AS ON INSERT TO app.ruled_view DO INSTEAD
    INSERT INTO app.behind_rules VALUES (NEW.id, NEW.v);
CREATE RULE instead_update AS ON UPDATE TO app.ruled_view DO INSTEAD
    UPDATE app.behind_rules SET id = NEW.id, v = NEW.v WHERE id = OLD.id;
CREATE RULE instead_delete AS ON DELETE TO app.ruled_view DO INSTEAD
    DELETE FROM app.behind_rules WHERE id = OLD.id;

CREATE TABLE app.behind_trigger (id serial PRIMARY KEY, v text);
INSERT INTO app.behind_trigger (v) SELECT 'v' || g FROM generate_series(1, 40) g;
CREATE VIEW app.trigger_view AS SELECT id, v, length(v) AS size FROM app.behind_trigger;
CREATE FUNCTION app.instead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM app.behind_trigger WHERE id = OLD.id;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    INSERT INTO app.behind_trigger (v) VALUES (NEW.v);
    RETURN NEW;
END $$;
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON app.trigger_view
FOR EACH ROW EXECUTE FUNCTION app.instead();

CREATE MATERIALIZED VIEW app.stored AS SELECT id, name FROM app.customer;
CREATE UNIQUE INDEX ON app.stored (id);
CREATE MATERIALIZED VIEW app.empty AS SELECT 1 AS one WITH NO DATA;
