CREATE TABLE users (id serial PRIMARY KEY, name text);
INSERT INTO users (name) SELECT 'n' FROM generate_series(1, 500) i;
