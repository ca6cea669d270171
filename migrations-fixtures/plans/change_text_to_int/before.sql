CREATE TABLE parts (id int PRIMARY KEY, size text DEFAULT '7' CHECK (size <> 'never'), label text);
CREATE INDEX parts_size ON parts (size);
INSERT INTO parts SELECT i, nullif(i % 9, 0)::text, 'l' FROM generate_series(1, 2000) i;
UPDATE parts SET size = ' 56 ' WHERE id = 500;
