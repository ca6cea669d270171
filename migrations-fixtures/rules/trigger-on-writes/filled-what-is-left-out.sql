-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := NEW.name; RETURN NEW; END $$;
CREATE TRIGGER users_stamp BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION stamp();
-- release 1.0.0
-- name: add
INSERT INTO users (id, name) VALUES ($1, $2);
-- migration
DROP TRIGGER users_stamp ON users; --~ error trigger-on-writes breaks-app
