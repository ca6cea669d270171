-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE nothing ADD COLUMN a int; --~ error fails fails
