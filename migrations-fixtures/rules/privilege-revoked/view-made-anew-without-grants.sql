-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE VIEW people AS SELECT id, name FROM users;
GRANT SELECT ON people TO PUBLIC;
-- release 1.0.0
-- name: people
SELECT name FROM people;
-- migration role=app
DROP VIEW people; --~ error privilege-revoked breaks-app
CREATE VIEW people AS SELECT id, name FROM users;
