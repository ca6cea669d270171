-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration unwrapped
VACUUM FULL acct; --~ error work-under-lock blocks-reads,blocks-writes,table-rewrite
