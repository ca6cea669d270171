-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE VIEW people AS SELECT id, name FROM users;
-- release 1.0.0
-- name: rename
UPDATE people SET name = $1 WHERE id = $2;
-- migration
CREATE OR REPLACE VIEW people AS SELECT DISTINCT id, name FROM users; --~ error breaks-release breaks-app
