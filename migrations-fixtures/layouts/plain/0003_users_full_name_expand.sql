-- concertina: phase expand
-- Release 1 writes name, release 2 writes full_name; the trigger keeps them equal for both.
ALTER TABLE users ADD COLUMN full_name text;

CREATE FUNCTION users_sync_full_name() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.full_name IS NULL THEN
            NEW.full_name := NEW.name;
        ELSIF NEW.full_name IS DISTINCT FROM NEW.name THEN
            NEW.name := NEW.full_name;
        END IF;
    ELSIF NEW.full_name IS DISTINCT FROM OLD.full_name AND NEW.full_name IS DISTINCT FROM NEW.name THEN
        NEW.name := NEW.full_name;
    ELSE
        NEW.full_name := NEW.name;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER users_sync_full_name
    BEFORE INSERT OR UPDATE OF name, full_name, id ON users
    FOR EACH ROW EXECUTE FUNCTION users_sync_full_name();
