CREATE TABLE users (id int PRIMARY KEY, bio text);
INSERT INTO users SELECT i, 'b' FROM generate_series(1, 1000) i;
