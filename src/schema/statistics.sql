WITH leaf AS (
  SELECT c.oid AS root, c.relname, n.nspname, l.oid AS leaf, l.reltuples,
         pg_table_size(l.oid) AS bytes, s.n_live_tup
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (
    SELECT c.oid WHERE c.relkind <> 'p'
    UNION ALL
    SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf AND c.relkind = 'p') part
  JOIN pg_class l ON l.oid = part.oid AND l.relkind <> 'p'
  LEFT JOIN pg_stat_all_tables s ON s.relid = l.oid
  WHERE c.relkind IN ('r', 'p', 'm')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp|toast_temp)'
),
estimate AS (
  SELECT root, relname, nspname, bytes,
         CASE WHEN reltuples >= 0 THEN reltuples::bigint
              WHEN n_live_tup > 0 THEN n_live_tup
              WHEN pg_relation_size(leaf) = 0 THEN 0 END AS rows
  FROM leaf
)
SELECT json_build_object(
  'version', 1,
  'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
  'relations', (
    SELECT coalesce(json_agg(json_build_object('name', name, 'rows', rows, 'bytes', bytes) ORDER BY name), '[]')
    FROM (SELECT nspname || '.' || relname AS name, sum(bytes)::bigint AS bytes,
                 CASE WHEN bool_and(rows IS NOT NULL) THEN sum(rows)::bigint END AS rows
          FROM estimate GROUP BY root, nspname, relname) r)
)::text
