-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN z int DEFAULT 0;
ALTER TABLE acct ALTER COLUMN z SET NOT NULL; --~ error set-not-null-scan blocks-reads,blocks-writes,long-scan
