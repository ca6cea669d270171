CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 1000) i;
