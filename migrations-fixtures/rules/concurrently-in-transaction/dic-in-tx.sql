-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE INDEX acct_n ON acct (n);
-- migration unwrapped
BEGIN;
DROP INDEX CONCURRENTLY acct_n; --~ error concurrently-in-transaction fails-in-transaction
COMMIT;
