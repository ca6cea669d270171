-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE FUNCTION lowered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := lower(NEW.email); RETURN NEW; END $$;
-- release 1.0.0
-- name: add
INSERT INTO users (id, name) VALUES ($1, $2);
-- migration
CREATE TRIGGER users_lowered BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION lowered();
