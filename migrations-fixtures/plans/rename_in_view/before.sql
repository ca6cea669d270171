CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, age int);
CREATE VIEW named AS SELECT id, name FROM users;
INSERT INTO users SELECT i, 'n' || i, i FROM generate_series(1, 500) i;
