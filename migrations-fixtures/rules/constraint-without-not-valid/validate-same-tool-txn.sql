-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD CONSTRAINT st CHECK (n > 0) NOT VALID;
ALTER TABLE acct VALIDATE CONSTRAINT st; --~ error constraint-without-not-valid blocks-reads,blocks-writes,long-scan
