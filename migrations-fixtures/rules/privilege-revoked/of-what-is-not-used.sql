-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
GRANT SELECT, DELETE ON users TO PUBLIC;
-- release 1.0.0
-- name: get
SELECT id, name FROM users WHERE id = $1;
-- migration role=app
REVOKE DELETE ON users FROM PUBLIC;
