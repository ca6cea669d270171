-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration
ALTER TABLE acct ADD COLUMN org_id bigint;
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID;
