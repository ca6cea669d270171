-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE TABLE third (id int);
-- migration
ALTER TABLE acct ADD COLUMN q int;
ALTER TABLE org ADD COLUMN q int; --~ warning several-strong-locks blocks-reads,blocks-writes
ALTER TABLE third ADD COLUMN q int;
