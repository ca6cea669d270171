-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
-- release 1.0.0
-- name: get
SELECT id, name FROM users WHERE id = $1;
-- migration
ALTER TABLE users DROP COLUMN upper_name;
