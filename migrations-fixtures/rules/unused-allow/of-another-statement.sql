-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration
CREATE TABLE fresh (a int);
-- concertina: allow drop-table because "it is empty"
--~ warning unused-allow hygiene
CREATE TABLE other (a int);
DROP TABLE org; --~ warning drop-table destructive,breaks-app
