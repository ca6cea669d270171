-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigint PRIMARY KEY, feels mood);
-- release 1.0.0
-- name: add
INSERT INTO people (id, feels) VALUES ($1, 'ok');
-- migration
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'; --~ error rename-object breaks-app
