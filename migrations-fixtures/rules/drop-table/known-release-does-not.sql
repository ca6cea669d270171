-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- release 1.0
-- name: all
SELECT id FROM acct;
-- migration
DROP TABLE org; --~ note drop-table destructive
