-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- release 1.0.0
-- name: add
INSERT INTO users (id, name) VALUES ($1, $2);
-- migration
ALTER TABLE users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY; --~ error identity-always breaks-app
