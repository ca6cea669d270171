-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct ADD COLUMN n2 int GENERATED ALWAYS AS (n * 2) STORED; --~ error volatile-default blocks-reads,blocks-writes,table-rewrite
