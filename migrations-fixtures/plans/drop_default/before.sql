CREATE TABLE users (id int PRIMARY KEY, tier text NOT NULL DEFAULT 'free', name text);
INSERT INTO users SELECT i, 'free', 'n' FROM generate_series(1, 500) i;
