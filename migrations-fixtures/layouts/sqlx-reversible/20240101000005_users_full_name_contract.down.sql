ALTER TABLE users ADD COLUMN name text;
UPDATE users SET name = full_name;
ALTER TABLE users ALTER COLUMN name SET NOT NULL, ALTER COLUMN full_name DROP NOT NULL;

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
