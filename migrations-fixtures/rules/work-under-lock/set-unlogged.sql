-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct SET UNLOGGED; --~ error unlogged-table destructive,blocks-reads,blocks-writes,table-rewrite
