-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE MATERIALIZED VIEW mv AS SELECT id FROM acct;
CREATE UNIQUE INDEX mv_id ON mv (id);
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
