-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
CREATE TABLE fresh (a int);
ALTER TABLE fresh ADD COLUMN b uuid DEFAULT gen_random_uuid();
