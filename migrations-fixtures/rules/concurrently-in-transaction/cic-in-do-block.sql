-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
DO $$ BEGIN EXECUTE 'CREATE INDEX CONCURRENTLY acct_q ON acct (n)'; END $$; --~ error concurrently-in-transaction fails-in-transaction
