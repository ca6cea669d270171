CREATE TABLE words (id int PRIMARY KEY, word text NOT NULL UNIQUE, "Desc" varchar(200));
INSERT INTO words SELECT i, 'w' || i FROM generate_series(1, 1000) i;
