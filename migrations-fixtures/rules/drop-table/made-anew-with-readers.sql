-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
-- release 1.0.0
-- name: get
SELECT id, name FROM users WHERE id = $1;
-- migration
DROP TABLE users; --~ error drop-table destructive,breaks-app
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL); --~ warning mixed-phases hygiene
