-- schema
CREATE TABLE users (id int PRIMARY KEY, name text, changed timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.changed := now(); RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();

-- change
ALTER TABLE users ADD COLUMN full_name text NOT NULL, ADD CHECK (name <> 'root'), ALTER COLUMN changed SET NOT NULL;

-- queries
-- name: old_writer
INSERT INTO users (id, name) VALUES (2, 'y');
-- name: old_writer_that_returns_all
INSERT INTO users (id, name) VALUES (3, 'y') RETURNING *;
-- name: refused_by_the_check
INSERT INTO users (id, name, full_name) VALUES (3, 'root', 'y');
-- name: new_writer
INSERT INTO users (id, name, full_name) VALUES (3, 'y', 'y');
