-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE UNIQUE INDEX acct_oe ON acct (owner_id, email);
-- migration
ALTER TABLE acct DROP COLUMN email; --~ warning drop-column destructive,breaks-app
