-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.email IS NULL THEN RAISE EXCEPTION 'no email'; END IF; RETURN NEW; END $$;
-- release 1.0.0
-- name: get
SELECT id, name FROM users WHERE id = $1;
-- migration
CREATE TRIGGER users_guard BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION guard();
