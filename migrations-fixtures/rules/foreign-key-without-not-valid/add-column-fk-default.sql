-- history
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN org_id bigint DEFAULT 1 REFERENCES org (id); --~ error foreign-key-without-not-valid blocks-reads,blocks-writes,long-scan
