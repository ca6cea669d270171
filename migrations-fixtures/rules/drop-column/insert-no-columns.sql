-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- release 1.0
INSERT INTO acct VALUES ($1, $2, $3, $4, $5, $6);
-- migration
ALTER TABLE acct DROP COLUMN owner_id; --~ error drop-column destructive,breaks-app
