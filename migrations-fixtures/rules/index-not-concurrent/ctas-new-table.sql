-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
CREATE TABLE snap AS SELECT id, email FROM acct;
CREATE INDEX snap_e ON snap (email);
