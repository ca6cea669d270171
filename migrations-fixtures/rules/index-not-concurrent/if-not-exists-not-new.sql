-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
CREATE TABLE IF NOT EXISTS acct (id bigint PRIMARY KEY);
CREATE INDEX acct_email ON acct (email); --~ error index-not-concurrent blocks-writes,long-scan
