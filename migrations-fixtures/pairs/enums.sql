-- schema
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE people (id serial PRIMARY KEY, mood mood, name text);
INSERT INTO people (mood) VALUES ('ok');

-- change
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';

-- queries
-- name: compared
SELECT id FROM people WHERE mood = 'sad';
-- name: compared_from_the_left
SELECT id FROM people WHERE 'sad' = mood;
-- name: one_of
SELECT id FROM people WHERE mood IN ('happy', 'sad');
-- name: written
INSERT INTO people (mood) VALUES ('sad');
-- name: updated
UPDATE people SET mood = 'sad';
-- name: cast
SELECT 'sad'::mood;
-- name: text_is_no_label
SELECT id FROM people WHERE name = 'sad';
-- name: parameter fails
SELECT id FROM people WHERE mood = $1;
-- name: elsewhere
SELECT name FROM people WHERE id = 1;
