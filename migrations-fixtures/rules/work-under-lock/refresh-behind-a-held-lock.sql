-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE MATERIALIZED VIEW mv AS SELECT id FROM acct;
CREATE UNIQUE INDEX mv_id ON mv (id);
-- migration
ALTER TABLE org ADD COLUMN note text;
REFRESH MATERIALIZED VIEW CONCURRENTLY mv; --~ error work-under-lock blocks-reads,blocks-writes
