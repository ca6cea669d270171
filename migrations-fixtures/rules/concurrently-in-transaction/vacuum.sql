-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
VACUUM acct; --~ error concurrently-in-transaction fails-in-transaction
