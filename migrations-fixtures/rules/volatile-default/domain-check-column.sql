-- history
CREATE DOMAIN pct AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN score pct; --~ error volatile-default blocks-reads,blocks-writes,table-rewrite
