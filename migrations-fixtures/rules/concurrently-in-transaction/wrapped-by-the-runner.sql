-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
CREATE INDEX CONCURRENTLY acct_n ON acct (n); --~ error concurrently-in-transaction fails-in-transaction
