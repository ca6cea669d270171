-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
ALTER TABLE acct ADD CONSTRAINT st_nn CHECK (state IS NOT NULL) NOT VALID;
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL; --~ error set-not-null-scan blocks-reads,blocks-writes,long-scan
