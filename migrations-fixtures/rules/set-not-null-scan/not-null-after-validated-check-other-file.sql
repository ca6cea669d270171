-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
ALTER TABLE acct ADD CONSTRAINT st_nn CHECK (state IS NOT NULL) NOT VALID;
ALTER TABLE acct VALIDATE CONSTRAINT st_nn;
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
