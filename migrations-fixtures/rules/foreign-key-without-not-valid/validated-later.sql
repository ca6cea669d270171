-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
ALTER TABLE acct ADD COLUMN org_id bigint;
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID;
-- migration
ALTER TABLE acct VALIDATE CONSTRAINT f;
