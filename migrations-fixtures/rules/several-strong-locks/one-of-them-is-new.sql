-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration
ALTER TABLE acct ADD COLUMN q int;
CREATE TABLE fresh (a int);
ALTER TABLE fresh ADD COLUMN q int;
