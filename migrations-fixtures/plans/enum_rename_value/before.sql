CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE users (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'good');
CREATE INDEX users_mood ON users (id) WHERE mood = 'good';
CREATE VIEW happy AS SELECT id FROM users WHERE mood = 'good';
INSERT INTO users SELECT i, 'good' FROM generate_series(1, 1000) i;
