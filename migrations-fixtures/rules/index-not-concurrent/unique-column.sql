-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct ADD COLUMN slug text UNIQUE; --~ error index-not-concurrent blocks-reads,blocks-writes,long-scan
