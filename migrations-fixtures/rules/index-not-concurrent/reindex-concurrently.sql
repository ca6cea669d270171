-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE INDEX acct_n ON acct (n);
-- migration unwrapped
REINDEX INDEX CONCURRENTLY acct_n;
