-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE MATERIALIZED VIEW mv AS SELECT id FROM acct;
-- migration
REFRESH MATERIALIZED VIEW mv; --~ error work-under-lock blocks-reads
