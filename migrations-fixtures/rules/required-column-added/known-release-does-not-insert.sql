-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- release 1.0
-- name: get
SELECT email FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct ADD COLUMN z int NOT NULL; --~ error required-column-added fails
