CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, fax text NOT NULL, telex text);
CREATE INDEX users_fax ON users (fax);
INSERT INTO users SELECT i, 'n' || i, 'f' || i FROM generate_series(1, 1000) i;
