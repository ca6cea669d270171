CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL, body text);
INSERT INTO notes SELECT i, i % 3, 'b' FROM generate_series(1, 500) i;
