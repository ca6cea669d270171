-- history
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS id;
-- migration
CREATE UNIQUE INDEX mv_id ON mv (id); --~ note index-not-concurrent hygiene
