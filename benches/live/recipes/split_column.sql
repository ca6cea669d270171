-- == before
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, touched int NOT NULL DEFAULT 0);
INSERT INTO users SELECT i, 'Ann B' || i FROM generate_series(0, {rows} - 1) i;
-- == plain
-- concertina: down name = first_name || ' ' || last_name
ALTER TABLE users ADD COLUMN first_name text, ADD COLUMN last_name text;
UPDATE users SET first_name = split_part(name, ' ', 1), last_name = split_part(name, ' ', 2);
ALTER TABLE users ALTER COLUMN first_name SET NOT NULL, ALTER COLUMN last_name SET NOT NULL;
ALTER TABLE users DROP COLUMN name;
-- == old
UPDATE users SET name = 'Bo ' || {text} WHERE id = {own} ;; SELECT name = 'Bo ' || {text} FROM users WHERE id = {own}
SELECT name IS NOT NULL FROM users WHERE id = {id}
INSERT INTO users (id, name) VALUES ({own}, 'Cy ' || {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name ;; SELECT name = 'Cy ' || {text} FROM users WHERE id = {own}
UPDATE users SET touched = touched + 1 WHERE id = {own}
-- == new
UPDATE users SET last_name = {text} WHERE id = {own} ;; SELECT last_name = {text} FROM users WHERE id = {own}
SELECT first_name IS NOT NULL FROM users WHERE id = {id}
INSERT INTO users (id, first_name, last_name) VALUES ({own}, 'Cy', {text}) ON CONFLICT (id) DO UPDATE SET first_name = EXCLUDED.first_name, last_name = EXCLUDED.last_name ;; SELECT first_name = 'Cy' AND last_name = {text} FROM users WHERE id = {own}
UPDATE users SET touched = touched + 1 WHERE id = {own}
-- == agree
SELECT count(*) FROM users WHERE name IS DISTINCT FROM first_name || ' ' || last_name
-- == reshape
[[actions]]
type = "add_column"
table = "users"
up = "split_part(name, ' ', 1)"
[actions.column]
name = "first_name"
type = "text"
nullable = false
[[actions]]
type = "add_column"
table = "users"
up = "split_part(name, ' ', 2)"
[actions.column]
name = "last_name"
type = "text"
nullable = false
[[actions]]
type = "remove_column"
table = "users"
column = "name"
down = "first_name || ' ' || last_name"
-- == expert expand
ALTER TABLE users ADD COLUMN first_name text, ADD COLUMN last_name text;
CREATE FUNCTION users_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.first_name IS NOT NULL OR TG_OP = 'UPDATE' AND (NEW.first_name, NEW.last_name) IS DISTINCT FROM (OLD.first_name, OLD.last_name) THEN
    NEW.name := NEW.first_name || ' ' || NEW.last_name;
  ELSE
    NEW.first_name := split_part(NEW.name, ' ', 1);
    NEW.last_name := split_part(NEW.name, ' ', 2);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER users_sync BEFORE INSERT OR UPDATE OF id, name, first_name, last_name ON users FOR EACH ROW EXECUTE FUNCTION users_sync();
-- batches
UPDATE users SET first_name = split_part(name, ' ', 1), last_name = split_part(name, ' ', 2) WHERE first_name IS NULL
-- tx
ALTER TABLE users ADD CONSTRAINT names_set CHECK (first_name IS NOT NULL AND last_name IS NOT NULL) NOT VALID;
-- alone
ALTER TABLE users VALIDATE CONSTRAINT names_set
-- == expert contract
DROP TRIGGER users_sync ON users;
DROP FUNCTION users_sync();
ALTER TABLE users ALTER COLUMN first_name SET NOT NULL, ALTER COLUMN last_name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT names_set;
ALTER TABLE users DROP COLUMN name;
