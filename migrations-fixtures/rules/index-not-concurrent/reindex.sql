-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE INDEX acct_n ON acct (n);
-- migration
REINDEX INDEX acct_n; --~ error index-not-concurrent blocks-reads,blocks-writes,long-scan
