CREATE SCHEMA app;
CREATE TABLE app.k (id bigint PRIMARY KEY, name text NOT NULL, age int);
CREATE INDEX k_age ON app.k (age);
INSERT INTO app.k SELECT i, 'n' || i, i FROM generate_series(1, 500) i;
