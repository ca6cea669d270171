CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, note text);
CREATE INDEX users_name ON users (name);
INSERT INTO users SELECT i, 'Ann  B' || i, 'n' FROM generate_series(1, 2000) i;
