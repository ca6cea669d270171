CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, user_id int);
INSERT INTO users SELECT generate_series(0, 399);
INSERT INTO orders SELECT i, i % 400 FROM generate_series(1, 2000) i;
