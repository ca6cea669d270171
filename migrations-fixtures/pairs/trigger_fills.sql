-- schema
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.full_name := coalesce(NEW.full_name, NEW.name); RETURN NEW; END$$;
INSERT INTO users VALUES (1, 'x');

-- change
ALTER TABLE users ADD COLUMN full_name text;
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION fill();
UPDATE users SET full_name = name;
ALTER TABLE users ALTER COLUMN full_name SET NOT NULL;

-- queries
-- name: old_writer unknown
INSERT INTO users (id, name) VALUES (2, 'y');
-- name: new_writer
INSERT INTO users (id, name, full_name) VALUES (3, 'y', 'y');
-- name: reader
SELECT id, name FROM users;
