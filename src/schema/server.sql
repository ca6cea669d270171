WITH user_schema AS (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND nspname !~ '^pg_(temp|toast_temp)_'
),
member AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
type_name AS (
  SELECT t.oid,
         n.nspname AS schema,
         coalesce(e.typname, t.typname) AS name,
         e.oid IS NOT NULL AS is_array
  FROM pg_type t
  LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
  JOIN pg_namespace n ON n.oid = coalesce(e.typnamespace, t.typnamespace)
),
relation AS (
  SELECT c.*, s.nspname FROM pg_class c JOIN user_schema s ON s.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
)
SELECT json_build_object(
  'version', current_setting('server_version_num')::int / 10000,
  'schemas', (SELECT coalesce(json_agg(nspname ORDER BY nspname), '[]') FROM user_schema),
  'extensions', (
    SELECT coalesce(json_agg(json_build_object('name', extname, 'schema', nspname) ORDER BY extname), '[]')
    FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
    WHERE extname <> 'plpgsql'),
  'types', (
    SELECT coalesce(json_agg(json_build_object(
      'schema', s.nspname, 'name', t.typname, 'kind', t.typtype,
      'labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
      'base', (SELECT json_build_object('schema', b.schema, 'name', b.name, 'array', b.is_array,
                                        'spelled', format_type(t.typbasetype, t.typtypmod))
               FROM type_name b WHERE b.oid = t.typbasetype),
      'not_null', t.typnotnull,
      'default', t.typdefault,
      'attributes', (
        SELECT CASE WHEN t.typtype = 'c' THEN coalesce(json_agg(json_build_array(a.attname, json_build_object(
                 'schema', b.schema, 'name', b.name, 'array', b.is_array,
                 'spelled', format_type(a.atttypid, a.atttypmod))) ORDER BY a.attnum), '[]') END
        FROM pg_attribute a JOIN type_name b ON b.oid = a.atttypid
        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
      ORDER BY s.nspname, t.typname), '[]')
    FROM pg_type t JOIN user_schema s ON s.oid = t.typnamespace
    WHERE (t.typtype IN ('e', 'd', 'r')
        OR (t.typtype = 'c' AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c')
        OR (t.typtype = 'b' AND t.typcategory <> 'A'))
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)),
  'routines', (
    SELECT coalesce(json_agg(json_build_object(
      'schema', s.nspname, 'name', p.proname, 'kind', p.prokind,
      'args', (SELECT coalesce(json_agg(json_build_object('schema', b.schema, 'name', b.name,
                        'array', b.is_array, 'spelled', format_type(b.oid, NULL)) ORDER BY u.n), '[]')
               FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(ty, n) JOIN type_name b ON b.oid = u.ty),
      'defaults', p.pronargdefaults,
      'returns', pg_get_function_result(p.oid),
      'language', l.lanname, 'volatility', p.provolatile)
      ORDER BY s.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), '[]')
    FROM pg_proc p JOIN user_schema s ON s.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')),
  'operators', (
    SELECT coalesce(json_agg(json_build_object(
      'schema', s.nspname, 'name', o.oprname,
      'args', (SELECT json_agg(json_build_object('schema', b.schema, 'name', b.name, 'array', b.is_array,
                        'spelled', format_type(b.oid, NULL)) ORDER BY u.n)
               FROM unnest(ARRAY[o.oprleft, o.oprright]) WITH ORDINALITY u(ty, n) JOIN type_name b ON b.oid = u.ty),
      'function', (SELECT json_build_object('schema', n.nspname, 'name', p.proname,
          'args', (SELECT coalesce(json_agg(json_build_object('schema', b.schema, 'name', b.name,
                            'array', b.is_array, 'spelled', format_type(b.oid, NULL)) ORDER BY u.n), '[]')
                   FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(ty, n) JOIN type_name b ON b.oid = u.ty))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = o.oprcode))
      ORDER BY s.nspname, o.oprname, o.oid), '[]')
    FROM pg_operator o JOIN user_schema s ON s.oid = o.oprnamespace
    WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)),
  'casts', (
    SELECT coalesce(json_agg(json_build_object(
      'source', json_build_object('schema', b.schema, 'name', b.name, 'array', b.is_array,
                                  'spelled', format_type(b.oid, NULL)),
      'target', json_build_object('schema', t.schema, 'name', t.name, 'array', t.is_array,
                                  'spelled', format_type(t.oid, NULL)),
      'method', c.castmethod, 'context', c.castcontext,
      'function', (SELECT json_build_object('schema', n.nspname, 'name', p.proname,
          'args', (SELECT coalesce(json_agg(json_build_object('schema', b.schema, 'name', b.name,
                            'array', b.is_array, 'spelled', format_type(b.oid, NULL)) ORDER BY u.n), '[]')
                   FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(ty, n) JOIN type_name b ON b.oid = u.ty))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = c.castfunc))
      ORDER BY c.oid), '[]')
    FROM pg_cast c JOIN type_name b ON b.oid = c.castsource JOIN type_name t ON t.oid = c.casttarget
    -- FirstNormalObjectId (src/include/access/transam.h): what initdb makes comes before it.
    WHERE c.oid >= 16384
      AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_cast'::regclass AND m.objid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')),
  'named', (
    SELECT coalesce(json_agg(json_build_object('kind', kind, 'schema', schema, 'name', name, 'table', "table",
             'columns', columns, 'kinds',
             CASE WHEN kind = 'statistics' THEN (SELECT x.stxkind FROM pg_statistic_ext x WHERE x.oid = objid) END, 'routine', routine, 'above', above) ORDER BY kind, schema, name), '[]')
    FROM (
      SELECT 'statistics' AS kind, s.nspname AS schema, x.stxname AS name,
             (SELECT json_build_array(n.nspname, c.relname) FROM pg_class c
              JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = x.stxrelid) AS "table",
             (SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(x.stxkeys::int2[]) WITH ORDINALITY u(num, n)
              JOIN pg_attribute a ON a.attrelid = x.stxrelid AND a.attnum = u.num) AS columns,
             NULL::json AS routine, NULL AS above,
             'pg_statistic_ext'::regclass AS classid, x.oid AS objid
      FROM pg_statistic_ext x JOIN user_schema s ON s.oid = x.stxnamespace
      UNION ALL
      SELECT 'event-trigger', NULL, e.evtname, NULL, NULL, json_build_array(n.nspname, p.proname), NULL,
             'pg_event_trigger'::regclass, e.oid
      FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid JOIN pg_namespace n ON n.oid = p.pronamespace
      UNION ALL
      SELECT 'foreign-data-wrapper', NULL, fdwname, NULL, NULL, NULL, NULL, 'pg_foreign_data_wrapper'::regclass, oid
      FROM pg_foreign_data_wrapper
      UNION ALL
      SELECT 'server', NULL, srvname, NULL, NULL, NULL, fdwname, 'pg_foreign_server'::regclass, s.oid
      FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
      UNION ALL
      SELECT 'collation', s.nspname, collname, NULL, NULL, NULL, NULL, 'pg_collation'::regclass, c.oid
      FROM pg_collation c JOIN user_schema s ON s.oid = c.collnamespace
      UNION ALL
      SELECT 'text-search-configuration', s.nspname, cfgname, NULL, NULL, NULL, NULL, 'pg_ts_config'::regclass, c.oid
      FROM pg_ts_config c JOIN user_schema s ON s.oid = c.cfgnamespace
      UNION ALL
      SELECT 'text-search-dictionary', s.nspname, dictname, NULL, NULL, NULL, NULL, 'pg_ts_dict'::regclass, d.oid
      FROM pg_ts_dict d JOIN user_schema s ON s.oid = d.dictnamespace) o
    WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = o.classid AND m.objid = o.objid)),
  'publications', (
    SELECT coalesce(json_agg(json_build_object(
      'name', p.pubname, 'all_tables', p.puballtables, 'updates', p.pubupdate, 'deletes', p.pubdelete,
      'tables', (SELECT coalesce(json_agg(json_build_array(n.nspname, c.relname) ORDER BY n.nspname, c.relname), '[]')
                 FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid))
      ORDER BY p.pubname), '[]')
    FROM pg_publication p),
  'relations', (
    SELECT coalesce(json_agg(json_build_object(
      'schema', c.nspname, 'name', c.relname, 'kind', c.relkind, 'persistence', c.relpersistence,
      'row_security', c.relrowsecurity,
      'comment', obj_description(c.oid, 'pg_class'),
      'grants', (SELECT coalesce(json_agg(json_build_array(
                   CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END,
                   x.privilege_type, x.is_grantable)), '[]')
                 FROM aclexplode(c.relacl) x WHERE x.grantee <> c.relowner),
      'rows', CASE WHEN c.reltuples >= 0 AND c.relkind <> 'S' THEN c.reltuples::bigint END,
      'columns', CASE WHEN c.relkind = 'S' THEN '[]' ELSE (
        SELECT coalesce(json_agg(json_build_object(
          'name', a.attname,
          'type', json_build_object('schema', b.schema, 'name', b.name, 'array', b.is_array,
                                    'spelled', format_type(a.atttypid, a.atttypmod)),
          'not_null', a.attnotnull,
          'default', pg_get_expr(d.adbin, d.adrelid),
          'identity', a.attidentity, 'generated', a.attgenerated,
          'collation', CASE WHEN a.attcollation <> t.typcollation
                            THEN (SELECT collname FROM pg_collation WHERE oid = a.attcollation) END,
          'inherited', a.attinhcount > 0, 'local', a.attislocal,
          'comment', col_description(c.oid, a.attnum),
          'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
          'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END,
          'compression', a.attcompression, 'options', a.attoptions,
          'grants', (SELECT coalesce(json_agg(json_build_array(
                       CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END,
                       x.privilege_type, x.is_grantable)), '[]')
                     FROM aclexplode(a.attacl) x WHERE x.grantee <> c.relowner)) ORDER BY a.attnum), '[]')
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        JOIN type_name b ON b.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END,
      'constraints', (
        SELECT coalesce(json_agg(json_build_object(
          'name', k.conname, 'kind', k.contype,
          'columns', (SELECT coalesce(json_agg(a.attname ORDER BY u.n), '[]')
                      FROM unnest(k.conkey) WITH ORDINALITY u(num, n)
                      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
          'validated', k.convalidated,
          'enforced', coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true),
          'deferrable', k.condeferrable, 'initially_deferred', k.condeferred,
          'no_inherit', k.connoinherit AND k.contype IN ('c', 'n'),
          'inherited', k.coninhcount > 0, 'local', k.conislocal,
          'expr', CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END,
          'referenced_index', CASE WHEN k.contype = 'f' THEN (SELECT relname FROM pg_class WHERE oid = k.conindid) END,
          'parent', (SELECT conname FROM pg_constraint p
                     WHERE p.oid = k.conparentid AND p.conrelid <> k.conrelid AND p.contype = 'f'),
          'in_partitions', CASE WHEN k.contype = 'f' THEN (
            WITH RECURSIVE part AS (
              SELECT h.* FROM pg_constraint h WHERE h.conparentid = k.oid AND h.conrelid = k.conrelid
              UNION ALL
              SELECT h.* FROM pg_constraint h JOIN part p ON h.conparentid = p.oid AND h.conrelid = p.conrelid)
            SELECT json_agg(json_build_array(n.nspname, f.relname, part.conname) ORDER BY part.conname)
            FROM part JOIN pg_class f ON f.oid = part.confrelid JOIN pg_namespace n ON n.oid = f.relnamespace) END,
          'table', (SELECT json_build_array(n.nspname, f.relname) FROM pg_class f
                    JOIN pg_namespace n ON n.oid = f.relnamespace WHERE f.oid = k.confrelid),
          'references', (SELECT json_agg(a.attname ORDER BY u.n)
                         FROM unnest(k.confkey) WITH ORDINALITY u(num, n)
                         JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num),
          'match_type', k.confmatchtype, 'on_delete', k.confdeltype, 'on_update', k.confupdtype,
          'comment', obj_description(k.oid, 'pg_constraint'))
          ORDER BY k.conname), '[]')
        FROM pg_constraint k
        WHERE k.conrelid = c.oid
          AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)),
      'indexes', (
        SELECT coalesce(json_agg(json_build_object(
          'name', x.relname, 'comment', obj_description(x.oid, 'pg_class'), 'unique', i.indisunique, 'primary', i.indisprimary, 'valid', i.indisvalid,
          'constraint', (SELECT conname FROM pg_constraint
                         WHERE conindid = i.indexrelid AND conrelid = i.indrelid AND contype IN ('p', 'u', 'x')),
          'method', m.amname,
          'keys', (
            SELECT json_agg(json_build_object(
              'column', a.attname,
              'expr', CASE WHEN i.indkey[n - 1] = 0 THEN pg_get_indexdef(i.indexrelid, n, false) END,
              'collation', (SELECT collname FROM pg_collation l
                            WHERE l.oid = i.indcollation[n - 1] AND a.attcollation <> l.oid),
              'operator_class', (SELECT opcname FROM pg_opclass o
                                 WHERE o.oid = i.indclass[n - 1] AND NOT o.opcdefault),
              'descending', i.indoption[n - 1] & 1 = 1,
              'nulls_first', i.indoption[n - 1] & 2 = 2) ORDER BY n)
            FROM generate_series(1, i.indnkeyatts::int) n
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n - 1] AND a.attnum <> 0),
          'include', (
            SELECT coalesce(json_agg(a.attname ORDER BY n), '[]')
            FROM generate_series(i.indnkeyatts + 1, i.indnatts::int) n
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n - 1]),
          'own_names', (
            SELECT coalesce(json_agg(attname ORDER BY attnum), '[]')
            FROM pg_attribute WHERE attrelid = i.indexrelid AND attnum > 0),
          'operators', (
            SELECT json_agg(o.oprname ORDER BY u.n)
            FROM pg_constraint k, unnest(k.conexclop) WITH ORDINALITY u(op, n)
            JOIN pg_operator o ON o.oid = u.op
            WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype = 'x'),
          'nulls_not_distinct', coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
          'predicate', pg_get_expr(i.indpred, i.indrelid),
          'parent', (SELECT json_build_array(n.nspname, p.relname) FROM pg_inherits h
                     JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
                     WHERE h.inhrelid = i.indexrelid)) ORDER BY x.relname), '[]')
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
        WHERE i.indrelid = c.oid AND c.relkind <> 'S'),
      'triggers', (
        SELECT coalesce(json_agg(json_build_object(
          'name', t.tgname, 'enabled', t.tgenabled IN ('O', 'A'), 'constraint', t.tgconstraint <> 0,
          'constraint_name', (SELECT conname FROM pg_constraint u WHERE u.oid = t.tgconstraint),
          'initially_deferred', t.tginitdeferred, 'kind', t.tgtype,
          'columns', (SELECT coalesce(json_agg(a.attname ORDER BY u.n), '[]')
                      FROM unnest(t.tgattr::int2[]) WITH ORDINALITY u(num, n)
                      JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = u.num),
          'function_schema', n.nspname, 'function', p.proname,
          'parent', (SELECT tgname FROM pg_trigger u WHERE u.oid = t.tgparentid)) ORDER BY t.tgname), '[]')
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
        -- Up to 14 the triggers that a partition has from its parent are marked internal.
        WHERE t.tgrelid = c.oid
          AND (NOT t.tgisinternal OR t.tgparentid <> 0 AND p.proname NOT LIKE 'RI\_FKey\_%')),
      'policies', (SELECT coalesce(json_agg(json_build_object(
                     'name', polname, 'command', polcmd, 'using', pg_get_expr(polqual, polrelid),
                     'check', pg_get_expr(polwithcheck, polrelid)) ORDER BY polname), '[]')
                   FROM pg_policy WHERE polrelid = c.oid),
      'rules', (SELECT coalesce(json_agg(rulename ORDER BY rulename), '[]') FROM pg_rewrite
                WHERE ev_class = c.oid AND rulename <> '_RETURN'),
      'inherits', (
        SELECT coalesce(json_agg(json_build_array(n.nspname, p.relname) ORDER BY h.inhseqno), '[]')
        FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
        WHERE h.inhrelid = c.oid),
      'is_partition', c.relispartition, 'populated', c.relispopulated,
      'server', (SELECT srvname FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver
                 WHERE t.ftrelid = c.oid),
      'of_type', (SELECT json_build_array(n.nspname, t.typname) FROM pg_type t
                  JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = c.reloftype),
      'bound', pg_get_expr(c.relpartbound, c.oid),
      'partition_strategy', (SELECT partstrat FROM pg_partitioned_table WHERE partrelid = c.oid),
      'partition_keys', (
        SELECT json_agg(json_build_object(
          'column', a.attname,
          'expr', CASE WHEN u.num = 0 THEN pg_get_partkeydef(c.oid) END,
          'descending', false, 'nulls_first', false) ORDER BY u.n)
        FROM pg_partitioned_table p, unnest(p.partattrs::int2[]) WITH ORDINALITY u(num, n)
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.num AND u.num <> 0
        WHERE p.partrelid = c.oid),
      'query', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
      'depends_on', (
        SELECT coalesce(json_agg(json_build_array(n.nspname, o.relname, a.attname)
                                 ORDER BY n.nspname, o.relname, d.refobjsubid), '[]')
        FROM (SELECT DISTINCT d.refobjid, d.refobjsubid FROM pg_rewrite r
              JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
              WHERE r.ev_class = c.oid AND c.relkind IN ('v', 'm')) d
        JOIN pg_class o ON o.oid = d.refobjid JOIN pg_namespace n ON n.oid = o.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')),
      'owned_by', (
        SELECT json_build_array(n.nspname, o.relname, a.attname)
        FROM pg_depend d JOIN pg_class o ON o.oid = d.refobjid JOIN pg_namespace n ON n.oid = o.relnamespace
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
          AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0),
      'of_identity', EXISTS (
        SELECT FROM pg_depend d WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass
          AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'),
      'sequence_type', (
        SELECT json_build_object('schema', 'pg_catalog', 'name', t.typname, 'array', false,
                                 'spelled', format_type(t.oid, NULL))
        FROM pg_sequence q JOIN pg_type t ON t.oid = q.seqtypid WHERE q.seqrelid = c.oid))
      ORDER BY c.nspname, c.relname), '[]')
    FROM relation c)
)::text
