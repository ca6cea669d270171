-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration unwrapped
ALTER TABLE acct ADD COLUMN q int;
ALTER TABLE org ADD COLUMN q int;
