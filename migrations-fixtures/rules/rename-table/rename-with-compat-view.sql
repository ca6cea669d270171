-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration unwrapped
BEGIN;
ALTER TABLE acct RENAME TO account;
CREATE VIEW acct AS SELECT * FROM account;
COMMIT;
