-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN k serial4; --~ error volatile-default blocks-reads,blocks-writes,table-rewrite
