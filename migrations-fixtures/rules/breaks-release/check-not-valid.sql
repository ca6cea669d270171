-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
-- release 1.0.0
-- name: add
INSERT INTO users (id, name, email) VALUES ($1, $2, $3);
-- migration
ALTER TABLE users ADD CONSTRAINT users_email CHECK (email LIKE '%@%') NOT VALID;
