-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
-- concertina: allow drop-table because "it is empty"
--~ warning unused-allow hygiene
CREATE TABLE fresh (a int);
CREATE TABLE other (a int);
