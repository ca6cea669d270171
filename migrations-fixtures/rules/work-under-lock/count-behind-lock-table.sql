-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
LOCK TABLE acct;
SELECT count(*) FROM acct; --~ error work-under-lock blocks-reads,blocks-writes,long-scan
