-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- release 1.0
-- name: all
SELECT id FROM acct;
-- migration
DROP TABLE acct; --~ error drop-table destructive,breaks-app
