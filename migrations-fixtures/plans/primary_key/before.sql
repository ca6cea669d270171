CREATE TABLE tags (a int, b int NOT NULL, label text);
INSERT INTO tags SELECT i, i % 3, 'l' FROM generate_series(1, 1000) i;
