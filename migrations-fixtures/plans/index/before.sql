CREATE TABLE users (id int PRIMARY KEY, email text, age int);
CREATE INDEX users_old ON users (age, email);
INSERT INTO users SELECT i, 'e' || i, i FROM generate_series(1, 1000) i;
