-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration
ALTER TABLE acct ADD COLUMN q int;
DELETE FROM org WHERE id > 10; --~ error backfill-with-ddl blocks-reads,blocks-writes,data
