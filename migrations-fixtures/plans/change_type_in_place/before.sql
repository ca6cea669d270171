CREATE TABLE notes (id int PRIMARY KEY, body varchar(3000), n int);
INSERT INTO notes SELECT i, 'b', i FROM generate_series(1, 400) i;
