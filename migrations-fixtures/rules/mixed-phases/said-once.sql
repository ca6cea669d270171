-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration unwrapped
CREATE TABLE fresh (a int);
UPDATE acct SET n = 0 WHERE n IS NULL; --~ warning mixed-phases hygiene
UPDATE acct SET state = '' WHERE state IS NULL;
