-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigint PRIMARY KEY, feels mood);
-- release 1.0.0
-- name: count
SELECT count(*) FROM people;
-- migration
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
