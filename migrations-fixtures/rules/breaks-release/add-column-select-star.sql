-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- release 1.0
-- name: get_acct
SELECT * FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct ADD COLUMN note text; --~ warning breaks-release breaks-app
