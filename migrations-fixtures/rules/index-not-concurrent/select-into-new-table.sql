-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
SELECT id, email INTO snap FROM acct;
CREATE INDEX snap_e ON snap (email);
