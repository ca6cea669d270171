-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- release 1.0
-- name: add
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
ALTER TABLE acct ADD COLUMN z int NOT NULL; --~ error required-column-added breaks-app,fails
