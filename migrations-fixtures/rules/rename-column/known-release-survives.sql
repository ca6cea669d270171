-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- release 1.4.0
-- name: get_state
SELECT state FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct RENAME COLUMN email TO mail;
