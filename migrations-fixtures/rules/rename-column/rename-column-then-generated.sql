-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct RENAME COLUMN email TO mail; --~ error rename-column breaks-app
ALTER TABLE acct ADD COLUMN email text GENERATED ALWAYS AS (mail) STORED; --~ error volatile-default blocks-reads,blocks-writes,table-rewrite
