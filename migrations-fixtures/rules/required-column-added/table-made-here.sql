-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
CREATE TABLE fresh (a int);
ALTER TABLE fresh ADD COLUMN z int NOT NULL;
