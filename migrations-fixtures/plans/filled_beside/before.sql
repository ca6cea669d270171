CREATE TABLE places (id int PRIMARY KEY, region int NOT NULL, label text);
CREATE TABLE posts (id int PRIMARY KEY, place_id int NOT NULL REFERENCES places, title text);
INSERT INTO places SELECT i, i % 7, 'l' || i FROM generate_series(1, 100) i;
INSERT INTO posts SELECT i, 1 + i % 100, 't' FROM generate_series(1, 2000) i;
