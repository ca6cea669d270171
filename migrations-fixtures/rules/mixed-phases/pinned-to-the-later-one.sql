-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration
-- concertina: phase contract
CREATE TABLE fresh (a int);
REVOKE TRIGGER ON acct FROM PUBLIC;
