-- history
CREATE TABLE users (id bigserial PRIMARY KEY, name text);
-- release 1.0.0
-- name: add
INSERT INTO users (name) VALUES ($1);
-- migration
ALTER SEQUENCE users_id_seq RESTART; --~ error sequence-restarted breaks-app
