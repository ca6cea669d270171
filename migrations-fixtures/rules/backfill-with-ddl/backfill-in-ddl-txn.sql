-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN st2 text;
UPDATE acct SET st2 = state WHERE st2 IS NULL; --~ error backfill-with-ddl blocks-reads,blocks-writes,long-scan,data
