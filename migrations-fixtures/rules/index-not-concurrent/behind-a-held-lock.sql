-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct ADD COLUMN q int;
CREATE INDEX acct_n ON acct (n); --~ error index-not-concurrent blocks-reads,blocks-writes,long-scan
