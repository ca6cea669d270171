-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE TABLE visits (id bigint);
-- release 1.0.0
-- name: get
SELECT id, name FROM users WHERE id = $1;
-- migration
TRUNCATE visits; --~ warning rows-lost destructive
