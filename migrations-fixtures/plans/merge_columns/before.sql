CREATE TABLE people (id bigint PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL DEFAULT '', note text);
INSERT INTO people SELECT i, 'Ann', 'B' || i, 'n' FROM generate_series(1, 2000) i;
