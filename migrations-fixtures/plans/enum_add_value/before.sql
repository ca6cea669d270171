CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE users (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'good', age int);
INSERT INTO users SELECT i, 'good', i FROM generate_series(1, 1000) i;
