CREATE TABLE users (id int, name text, bio text, CONSTRAINT users_pk PRIMARY KEY (id));
INSERT INTO users SELECT i, 'n' || i, CASE WHEN i % 2 = 0 THEN 'b' END FROM generate_series(1, 1000) i;
