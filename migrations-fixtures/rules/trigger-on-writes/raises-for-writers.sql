-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.email IS NULL THEN RAISE EXCEPTION 'no email'; END IF; RETURN NEW; END $$;
-- release 1.0.0
-- name: add
INSERT INTO users (id, name, email) VALUES ($1, $2, $3);
-- migration
CREATE TRIGGER users_guard BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION guard(); --~ error trigger-on-writes breaks-app
