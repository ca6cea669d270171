CREATE TABLE p (id bigint PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 2000);
CREATE TABLE k (id bigint PRIMARY KEY, p_id bigint CONSTRAINT fk1 REFERENCES p, q_id bigint CONSTRAINT q1 REFERENCES p, st text CONSTRAINT c1 CHECK (st IN ('a', 'b')), n int);
CREATE UNIQUE INDEX k_n ON k (n, id);
CREATE TABLE audit (id bigint);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NULL; END$$;
CREATE TRIGGER k_ins AFTER INSERT ON k FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO k SELECT i, i, i, 'a', i FROM generate_series(1, 500) i;
