CREATE TABLE notes (a int, b int, body text, meta json, touched timestamptz, PRIMARY KEY (a, b));
CREATE FUNCTION notes_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := now(); RETURN NEW; END $$;
CREATE TRIGGER notes_touch BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION notes_touch();
INSERT INTO notes SELECT i % 20, i, CASE WHEN i % 3 > 0 THEN 'b' || i END, '{"a": 1}' FROM generate_series(1, 2000) i;
