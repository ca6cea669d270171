-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE VIEW people AS SELECT id, name FROM users;
-- release 1.0.0
-- name: people
SELECT name FROM people;
-- migration
DROP VIEW people; --~ error drop-object breaks-app
