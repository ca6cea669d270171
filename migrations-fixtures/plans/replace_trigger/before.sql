CREATE TABLE users (id int PRIMARY KEY, name text, changed int NOT NULL DEFAULT 0);
CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := NEW.changed + 1; RETURN NEW; END $$;
CREATE TRIGGER changed BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION changed();
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 500) i;
