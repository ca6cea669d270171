-- == before
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL, touched int NOT NULL DEFAULT 0);
CREATE INDEX users_name ON users (name);
INSERT INTO users SELECT i, 'e' || i, 'n' || i FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE users RENAME COLUMN name TO full_name;
-- == old
UPDATE users SET name = {text} WHERE id = {own} ;; SELECT name = {text} FROM users WHERE id = {own}
SELECT name IS NOT NULL FROM users WHERE id = {id}
SELECT name IS NOT NULL FROM users WHERE id = {id}
INSERT INTO users (id, email, name) VALUES ({own}, 'e', {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name ;; SELECT name = {text} FROM users WHERE id = {own}
UPDATE users SET touched = touched + 1 WHERE id = {own}
-- == new
UPDATE users SET full_name = {text} WHERE id = {own} ;; SELECT full_name = {text} FROM users WHERE id = {own}
SELECT full_name IS NOT NULL FROM users WHERE id = {id}
SELECT full_name IS NOT NULL FROM users WHERE id = {id}
INSERT INTO users (id, email, full_name) VALUES ({own}, 'e', {text}) ON CONFLICT (id) DO UPDATE SET full_name = EXCLUDED.full_name ;; SELECT full_name = {text} FROM users WHERE id = {own}
UPDATE users SET touched = touched + 1 WHERE id = {own}
-- == agree
SELECT count(*) FROM users WHERE name IS DISTINCT FROM full_name
-- == reshape
[[actions]]
type = "alter_column"
table = "users"
column = "name"
[actions.changes]
name = "full_name"
-- == expert expand
ALTER TABLE users ADD COLUMN full_name text;
CREATE FUNCTION users_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.full_name IS NULL THEN NEW.full_name := NEW.name; ELSE NEW.name := NEW.full_name; END IF;
  ELSIF NEW.full_name IS DISTINCT FROM OLD.full_name THEN NEW.name := NEW.full_name;
  ELSE NEW.full_name := NEW.name; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER users_sync BEFORE INSERT OR UPDATE OF id, name, full_name ON users FOR EACH ROW EXECUTE FUNCTION users_sync();
-- batches
UPDATE users SET full_name = name WHERE full_name IS NULL
-- alone
CREATE INDEX CONCURRENTLY users_full_name ON users (full_name)
-- tx
ALTER TABLE users ADD CONSTRAINT full_name_set CHECK (full_name IS NOT NULL) NOT VALID;
-- alone
ALTER TABLE users VALIDATE CONSTRAINT full_name_set
-- == expert contract
DROP TRIGGER users_sync ON users;
DROP FUNCTION users_sync();
ALTER TABLE users ALTER COLUMN full_name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT full_name_set;
ALTER TABLE users DROP COLUMN name;
