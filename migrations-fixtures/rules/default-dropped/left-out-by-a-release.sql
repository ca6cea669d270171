-- history
CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new');
-- release 1.0.0
-- name: add
INSERT INTO orders (id) VALUES ($1);
-- migration
ALTER TABLE orders ALTER COLUMN state DROP DEFAULT; --~ error default-dropped breaks-app
