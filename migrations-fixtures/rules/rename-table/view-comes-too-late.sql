-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration unwrapped
ALTER TABLE acct RENAME TO account; --~ error rename-table breaks-app
CREATE VIEW acct AS SELECT * FROM account;
