-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- release 1.0
SELECT id, email FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct DROP COLUMN n; --~ note drop-column destructive
