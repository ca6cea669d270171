-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct ADD COLUMN b uuid UNIQUE DEFAULT gen_random_uuid(); --~ error volatile-default blocks-reads,blocks-writes,table-rewrite
