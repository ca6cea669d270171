-- history
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE INDEX acct_owner ON acct (owner_id, email);
-- migration
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (owner_id) REFERENCES org NOT VALID;
