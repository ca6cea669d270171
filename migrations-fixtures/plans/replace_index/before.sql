CREATE TABLE users (id bigint PRIMARY KEY, name text, email text);
CREATE INDEX users_name ON users (name);
CREATE UNIQUE INDEX "Users_Email" ON users (email);
INSERT INTO users SELECT i, 'n' || i, 'e' || i FROM generate_series(1, 1000) i;
