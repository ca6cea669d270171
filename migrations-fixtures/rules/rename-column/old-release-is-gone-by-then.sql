-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- release 1.4.0
-- name: get_email
SELECT email FROM acct WHERE id = $1;
-- migration
-- concertina: phase contract
-- concertina: after 1.5.0
ALTER TABLE acct RENAME COLUMN email TO mail;
