-- Gives every empty table five hundred rows, in the order in which the tables were made: the same number in each
-- column of a row, spelled as its type wants it, so that keys are unique and foreign keys find theirs.
DO $rows$
DECLARE
    target record;
    item record;
    names text;
    items text;
    expression text;
    base oid;
    filled boolean;
BEGIN
    FOR target IN
        SELECT c.oid, c.oid::regclass AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
        ORDER BY c.oid
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', target.name) INTO filled;
        CONTINUE WHEN filled;
        names := '';
        items := '';
        FOR item IN
            SELECT a.attname, a.atttypid, a.atttypmod, format_type(a.atttypid, a.atttypmod) AS spelled
            FROM pg_attribute a
            WHERE a.attrelid = target.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            ORDER BY a.attnum
        LOOP
            base := item.atttypid;
            WHILE (SELECT typtype = 'd' FROM pg_type WHERE oid = base) LOOP
                SELECT typbasetype INTO base FROM pg_type WHERE oid = base;
            END LOOP;
            expression := CASE
                WHEN base IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) THEN
                    CASE WHEN item.atttypmod BETWEEN 0 AND 11 THEN 'to_hex(g)' ELSE '''x'' || g' END
                WHEN base = 'date'::regtype THEN 'date ''2023-01-01'' + g % 360'
                WHEN base = 'timestamp'::regtype THEN 'timestamp ''2023-01-01'' + g * interval ''1 minute'''
                WHEN base = 'timestamptz'::regtype THEN 'timestamptz ''2023-01-01'' + g * interval ''1 minute'''
                WHEN base = 'interval'::regtype THEN 'g * interval ''1 second'''
                WHEN base = 'boolean'::regtype THEN 'g % 2 = 0'
                WHEN base = 'uuid'::regtype THEN 'md5(g::text)::uuid'
                WHEN base IN ('json'::regtype, 'jsonb'::regtype) THEN '''{"a": 1}'''
                WHEN base IN ('inet'::regtype, 'cidr'::regtype) THEN '(''10.0.'' || g / 256 || ''.'' || g % 256)::inet'
                WHEN base = 'bit'::regtype THEN format('g::%s', item.spelled)
                WHEN base = 'varbit'::regtype THEN 'g::bit(4)::varbit'
                WHEN (SELECT typcategory = 'N' FROM pg_type WHERE oid = base) THEN 'g'
                WHEN (SELECT typcategory = 'A' FROM pg_type WHERE oid = base) THEN '''{}'''
                WHEN (SELECT typtype = 'e' FROM pg_type WHERE oid = base)
                    THEN format('(enum_range(NULL::%s))[1]', format_type(base, NULL))
                WHEN (SELECT typtype = 'r' FROM pg_type WHERE oid = base) THEN '''empty'''
                ELSE 'NULL'
            END;
            names := names || ', ' || quote_ident(item.attname);
            items := items || format(', (%s)::%s', expression, item.spelled);
        END LOOP;
        CONTINUE WHEN names = '';
        BEGIN
            EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM generate_series(1, 500) g',
                target.name, substr(names, 3), substr(items, 3));
        EXCEPTION WHEN OTHERS THEN
            -- A constraint wants other rows: the case brings its own, or does without.
            NULL;
        END;
    END LOOP;
    -- Sequences go on where these rows end.
    PERFORM setval(oid, 20000) FROM pg_class WHERE relkind = 'S';
    FOR target IN
        SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
    LOOP
        EXECUTE format('ANALYZE %s', target.name);
    END LOOP;
    FOR target IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'm' AND relispopulated ORDER BY oid
    LOOP
        EXECUTE format('REFRESH MATERIALIZED VIEW %s', target.name);
    END LOOP;
END
$rows$;
