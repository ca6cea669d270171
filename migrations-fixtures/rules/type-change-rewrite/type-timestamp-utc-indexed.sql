-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE INDEX acct_made ON acct (made);
-- migration
SET TimeZone='UTC';
ALTER TABLE acct ALTER COLUMN made TYPE timestamptz; --~ error type-change-rewrite blocks-reads,blocks-writes,long-scan
