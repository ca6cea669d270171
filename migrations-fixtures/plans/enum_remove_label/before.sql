CREATE TYPE mood AS ENUM ('good', 'so-so', 'bad');
CREATE TABLE users (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'good', note text);
CREATE TABLE "Pets" (id int PRIMARY KEY, "Mood" public.mood);
CREATE INDEX users_mood ON users (mood, id);
INSERT INTO users SELECT i, CASE WHEN i % 3 = 0 THEN 'bad' ELSE 'so-so' END::mood FROM generate_series(1, 1500) i;
INSERT INTO "Pets" SELECT i, 'good' FROM generate_series(1, 500) i;
