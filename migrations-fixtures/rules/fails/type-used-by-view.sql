-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE VIEW v_acct AS SELECT id, email FROM acct;
-- migration
ALTER TABLE acct ALTER COLUMN email TYPE text; --~ error fails fails
