CREATE TABLE k (id bigint PRIMARY KEY, name varchar(20) CONSTRAINT k_name CHECK (length(name) > 1) CONSTRAINT k_short CHECK (length(name) < 100) NO INHERIT, code varchar(10) CHECK (code <> ''));
COMMENT ON CONSTRAINT k_name ON k IS 'A name.';
INSERT INTO k (id, name) SELECT i, 'n' || i FROM generate_series(1, 500) i;
