-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
ALTER TABLE acct ADD CONSTRAINT k CHECK (state IS NOT NULL AND n > 0) NOT VALID;
ALTER TABLE acct VALIDATE CONSTRAINT k;
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
