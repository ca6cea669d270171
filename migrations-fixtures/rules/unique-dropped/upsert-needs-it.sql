-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text, CONSTRAINT users_email UNIQUE (email));
-- release 1.0.0
-- name: put
INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING;
-- migration
ALTER TABLE users DROP CONSTRAINT users_email; --~ error unique-dropped breaks-app
