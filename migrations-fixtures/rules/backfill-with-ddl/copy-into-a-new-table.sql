-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
CREATE TABLE copy (id bigint, email text);
INSERT INTO copy SELECT id, email FROM acct;
