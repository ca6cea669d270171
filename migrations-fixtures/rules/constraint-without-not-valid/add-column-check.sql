-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN score int CHECK (score >= 0); --~ error constraint-without-not-valid blocks-reads,blocks-writes,long-scan
