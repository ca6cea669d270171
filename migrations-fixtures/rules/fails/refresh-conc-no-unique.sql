-- history
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS id;
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY mv; --~ error fails fails
