-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct
    ADD COLUMN a int DEFAULT 1,
    ADD COLUMN b uuid DEFAULT gen_random_uuid(), --~ error volatile-default blocks-reads,blocks-writes,table-rewrite
    ADD COLUMN c timestamptz DEFAULT now();
