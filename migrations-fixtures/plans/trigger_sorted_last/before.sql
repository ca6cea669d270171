CREATE TABLE a (id bigint PRIMARY KEY, qty int NOT NULL, name text);
CREATE FUNCTION clamp() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  RETURN jsonb_populate_record(NEW, jsonb_build_object('qty', greatest((to_jsonb(NEW) ->> 'qty')::int, 0), 'name', upper(to_jsonb(NEW) ->> 'name')));
END$$;
CREATE TRIGGER "Éclamp" BEFORE INSERT OR UPDATE ON a FOR EACH ROW EXECUTE FUNCTION clamp();
CREATE TRIGGER zzz BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION clamp();
INSERT INTO a SELECT i, i, 'n' || i FROM generate_series(1, 500) i;
