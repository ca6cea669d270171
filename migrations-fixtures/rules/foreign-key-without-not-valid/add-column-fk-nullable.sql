-- history
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN org_id bigint REFERENCES org (id);
