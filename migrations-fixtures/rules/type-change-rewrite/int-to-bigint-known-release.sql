-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- release 1.0
-- name: touch
DELETE FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct ALTER COLUMN n TYPE bigint; --~ error type-change-rewrite blocks-reads,blocks-writes,table-rewrite
