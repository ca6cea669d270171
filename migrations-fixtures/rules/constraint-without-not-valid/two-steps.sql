-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
ALTER TABLE acct ADD CONSTRAINT c CHECK (n > 0) NOT VALID;
-- migration
ALTER TABLE acct VALIDATE CONSTRAINT c;
