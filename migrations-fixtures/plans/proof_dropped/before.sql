CREATE TABLE o (id bigint PRIMARY KEY, n text CONSTRAINT nn CHECK (n IS NOT NULL), m text CONSTRAINT mn CHECK (m IS NOT NULL));
INSERT INTO o SELECT i, 'n' || i, 'm' FROM generate_series(1, 500) i;
