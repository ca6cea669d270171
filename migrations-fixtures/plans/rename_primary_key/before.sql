CREATE TABLE items (id serial PRIMARY KEY, label text);
INSERT INTO items (label) SELECT 'l' || i FROM generate_series(1, 2000) i;
