CREATE TABLE items (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, label text);
CREATE TABLE parts (id int PRIMARY KEY, item int NOT NULL REFERENCES items ON DELETE CASCADE);
INSERT INTO items (label) SELECT 'l' || i FROM generate_series(1, 1000) i;
INSERT INTO parts SELECT i, i FROM generate_series(1, 1000) i;
