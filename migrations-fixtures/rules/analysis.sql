CREATE TABLE person (id int primary key, first text, last text, born date, tags text[]);
INSERT INTO person VALUES (1, 'a', 'b', '2000-01-01', '{x}');
CREATE TYPE price AS (id int, price numeric);
CREATE TABLE item (id int primary key, price numeric, active boolean);
INSERT INTO item VALUES (1, 2, true);
CREATE FUNCTION full_name(p person) RETURNS text LANGUAGE sql STABLE AS $$ SELECT p.first || ' ' || p.last $$;
CREATE FUNCTION add_one(int) RETURNS int AS 'SELECT $1 + 1;' LANGUAGE SQL;
CREATE FUNCTION same(int) RETURNS int AS 'SELECT $1;' LANGUAGE SQL;
CREATE FUNCTION pair(v integer, out a integer, out b integer) RETURNS SETOF record LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT v, v; END $$;
CREATE TABLE thing (id int primary key, i int, t text, bo boolean, d float8, doc jsonb, ts timestamptz, ti time, j jsonb);
INSERT INTO thing (id) SELECT i FROM generate_series(1,5) i;
CREATE TABLE short (n numeric(8, 2));
INSERT INTO short VALUES (1);
-- case composite-parameter
CREATE FUNCTION initials(p person) RETURNS text LANGUAGE sql AS $$ SELECT left(p.first, 1) || left(p.last, 1) $$;
-- case composite-parameter-qualified
CREATE FUNCTION initials2(p person) RETURNS text LANGUAGE sql AS $$ SELECT (p).first || initials2.p.last FROM item LIMIT 1 $$;
-- case function-as-attribute
CREATE VIEW v AS SELECT p.full_name, full_name(p) AS again, p.id FROM person p;
-- case a-function-in-from
CREATE VIEW v AS SELECT * FROM same(1) AS t1;
-- case a-function-in-from-with-ordinality
CREATE VIEW v AS SELECT * FROM add_one(1) WITH ORDINALITY AS t1(v, o);
-- case merge-sets-a-column-of-both
MERGE INTO item t USING (SELECT id, price FROM item) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET price = s.price + t.price WHEN NOT MATCHED THEN INSERT (id, price) VALUES (s.id, s.price);
-- case values-as-a-scalar
CREATE VIEW v AS SELECT (VALUES (1)) AS one;
-- case distinct-on-an-alias
CREATE VIEW v AS SELECT DISTINCT ON (who) id, first || last AS who FROM person ORDER BY who, id;
-- case group-by-rollup-of-an-alias
CREATE VIEW v AS SELECT extract(year FROM born) AS year, first AS name, count(*) FROM person GROUP BY ROLLUP (year, name);
-- case group-by-alias-and-cube
CREATE VIEW v AS SELECT first AS f, last AS l, count(*) FROM person GROUP BY f, CUBE (l);
-- case grouping-sets-nested
CREATE VIEW v AS SELECT first, last, count(*) FROM person GROUP BY GROUPING SETS (ROLLUP (first, last), first);
-- case rows-of-a-function-with-out
CREATE VIEW v AS SELECT a, b, sum(v.x) FROM (VALUES (1), (2)) v(x), pair(v.x) GROUP BY ROLLUP (a, b);
-- case inherits-merges-the-same-check
CREATE TABLE base (a int CONSTRAINT ok CHECK (a > 0));
CREATE TABLE derived (a int CONSTRAINT ok CHECK (a > 0), b int) INHERITS (base);
-- case like-and-inherits
CREATE TABLE base (a int NOT NULL);
CREATE TABLE shape (a int, c int);
CREATE TABLE derived (LIKE shape, b int) INHERITS (base);
-- case normal-form
CREATE VIEW v AS SELECT normalize(first, NFKC) AS n FROM person WHERE first IS NFC NORMALIZED;
-- case schema-elements-in-any-order
CREATE SCHEMA app CREATE VIEW names AS SELECT name FROM users CREATE UNIQUE INDEX users_name ON users (name) CREATE TABLE users (id int PRIMARY KEY, name text);
-- case unnest-of-composites
UPDATE item SET price = new.price, active = true FROM unnest(ARRAY[(10, 123.00), (11, 99.99)]::price[]) new WHERE item.id = new.id;
-- case a-cycle-is-marked
CREATE TABLE edge (f int, t int);
CREATE VIEW v AS WITH RECURSIVE g(f, t) AS (SELECT f, t FROM edge UNION ALL SELECT e.f, e.t FROM edge e, g WHERE e.f = g.t) CYCLE f, t SET is_cycle USING path SELECT f, t, is_cycle FROM g;
-- case a-recursive-cte-reads-a-later-one
CREATE VIEW v AS WITH RECURSIVE x(id) AS (SELECT id FROM y UNION ALL SELECT id + 1 FROM x WHERE id < 5), y(id) AS (VALUES (1)) SELECT * FROM x;
-- case a-nested-with
CREATE VIEW v AS WITH RECURSIVE t(j) AS (WITH RECURSIVE s(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM s WHERE i < 10) SELECT i FROM s UNION ALL SELECT j + 1 FROM t WHERE j < 10) SELECT * FROM t;
-- case infinity-with-a-sign
-- migration pg=17
ALTER TABLE person ADD COLUMN until date DEFAULT 'infinity', ADD COLUMN at timestamptz DEFAULT '+infinity';
-- case an-alias-in-a-body
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE r record; ps ALIAS FOR new; BEGIN SELECT * INTO r FROM item WHERE id = ps.id; RETURN ps; END $$;
-- case dropped-on-commit
BEGIN; CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT 1 AS a; COMMIT; CREATE TEMP TABLE scratch (a int);
-- case named-arguments-in-any-order
CREATE VIEW v AS SELECT jsonb_set_lax('{"a":1}', '{b}', null, null_value_treatment => 'delete_key') AS x, make_interval(days => 3, hours => 4) AS y;
-- case conflict-with-a-condition: blocks-writes long-scan
CREATE UNIQUE INDEX item_live ON item (price) WHERE active;
INSERT INTO item VALUES (23, 4, true) ON CONFLICT (price) WHERE active DO UPDATE SET active = excluded.active;
-- case conflict-with-a-stronger-condition: blocks-writes long-scan
CREATE UNIQUE INDEX person_last ON person (last) WHERE first LIKE '%berry';
INSERT INTO person AS t VALUES (23, 'Blackberry', 'x') ON CONFLICT (last) WHERE first LIKE '%berry' AND t.born IS NULL DO NOTHING;
-- case a-variadic-function
CREATE FUNCTION h(VARIADIC x int[]) RETURNS int LANGUAGE sql AS 'SELECT x[1]';
SELECT h(1), h(1, 2);
-- case overlaps
CREATE VIEW v AS SELECT (born, born) OVERLAPS (born, interval '1 day') AS o FROM person;
-- case a-cast-by-a-function
CREATE VIEW v AS SELECT text(id) AS t, int4(price) AS p, date(now()) AS d FROM item;
-- case aggregate-with-order-and-filter
CREATE VIEW v AS SELECT string_agg(first, ',' ORDER BY id) FILTER (WHERE born IS NOT NULL) AS s, percentile_cont(0.5) WITHIN GROUP (ORDER BY id) AS m, array_agg(DISTINCT last) AS l, json_object_agg(id, first) AS j, bool_and(id > 1) AS b FROM person;
-- case windows
CREATE VIEW v AS SELECT id, row_number() OVER w AS n, lag(first, 1, '') OVER w AS l, sum(id) OVER (PARTITION BY last ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s, ntile(4) OVER w AS q FROM person WINDOW w AS (ORDER BY id);
-- case arrays-and-json
CREATE VIEW v AS SELECT tags[1] AS a, tags || 'y'::text AS b, array_length(tags, 1) AS c, 'x' = ANY (tags) AS d, to_jsonb(person) -> 'first' AS e, jsonb_build_object('a', id) ->> 'a' AS f, row_to_json(person) AS g, cardinality(tags) AS h, tags && ARRAY['x'] AS i FROM person;
-- case dates
CREATE VIEW v AS SELECT born + 1 AS a, born - born AS b, age(born) AS c, born + interval '1 day' AS d, now() - born AS e, extract(epoch FROM now() - born) AS f, to_char(born, 'YYYY') AS g, date_part('year', born) AS h, born::timestamp AT TIME ZONE 'UTC' AS i, generate_series(born, born, interval '1 day') AS j FROM person;
-- case texts
CREATE VIEW v AS SELECT first || id AS a, id || first AS b, length(first) > 3 AS c, first ~* 'x' AS d, substring(first from 1 for 2) AS e, substring(first, 1, 2) AS f, position('x' in first) AS g, split_part(first, 'a', 1) AS h, regexp_replace(first, 'a', 'b', 'g') AS i, format('%s %s', id, first) AS j, concat_ws(',', id, first) AS k, first COLLATE "C" < last AS l, md5(first) AS m, encode(sha256(first::bytea), 'hex') AS n, lpad(id::text, 4, '0') AS o, nullif(first, '') AS p, coalesce(born, current_date) AS q, greatest(id, 2.5) AS r, trim(both ' ' from first) AS s, overlay(first placing 'x' from 1) AS t FROM person;
-- case numbers
CREATE VIEW v AS SELECT round(price, 2) AS a, price / 3 AS b, id % 2 AS c, id / 2.0 AS d, sqrt(id) AS e, power(price, 2) AS f, ceil(price)::int AS g, random() * id AS h, abs(-id) AS i, mod(id, 2) AS j, id & 1 AS k, 2 ^ id AS l, floor(random() * 10)::int AS m, log(price) AS n, avg(price) OVER () AS o, width_bucket(price, 0, 10, 5) AS p FROM item;
-- case no-cast-from-boolean-to-smallint: fails
ALTER TABLE thing ALTER bo TYPE smallint USING bo::smallint;
-- case no-cast-from-integer-to-uuid: fails
ALTER TABLE thing ALTER i TYPE uuid USING i::uuid;
-- case using-text-for-an-integer: fails
ALTER TABLE thing ALTER i TYPE int USING t;
-- case no-cast-from-jsonb-to-an-array: fails
ALTER TABLE thing ALTER doc TYPE text[] USING doc::text[];
-- case using-jsonb-for-an-array: fails
ALTER TABLE thing ALTER t TYPE text[] USING j->'a';
-- case using-a-cast: table-rewrite blocks-reads blocks-writes
ALTER TABLE thing ALTER t TYPE int USING t::int;
-- case using-a-function: table-rewrite blocks-reads blocks-writes
ALTER TABLE thing ALTER t TYPE text[] USING string_to_array(t, ',');
-- case using-a-column-that-is-not-there: fails
ALTER TABLE thing ALTER t TYPE int USING nosuch::int;
-- case a-view-of-two-tables-has-a-column-twice: fails
CREATE VIEW v AS SELECT * FROM thing JOIN thing b ON thing.id = b.id;
-- case a-float-is-not-rounded-to-digits: fails
CREATE VIEW v AS SELECT round(d, 2) FROM thing;
-- case text-is-not-compared-with-an-integer: fails
CREATE VIEW v AS SELECT t FROM thing WHERE t = 5;
-- case text-is-not-added-up: fails
CREATE VIEW v AS SELECT sum(t) FROM thing;
-- case a-view-of-many-functions
CREATE VIEW v AS SELECT sum(i), max(t), round(d), string_agg(t, ','), coalesce(i, 0) + 1 AS x, t || i AS y, ts > now() - interval '1 day' AS z, doc->>'x' AS w FROM thing GROUP BY i, d, t, ts, doc;
-- case exclusion-by-a-btree
CREATE TABLE booked (id int, EXCLUDE (id WITH =));
-- case a-column-of-the-view-is-computed: breaks-app
-- release 1.0
-- name: add
INSERT INTO item (id, price, active) VALUES ($1, $2, true);
-- migration
ALTER TABLE item RENAME TO items;
CREATE VIEW item AS SELECT id, round(price, 2) AS price, active FROM items;
-- case no-column-that-is-written-is-computed
-- release 1.0
-- name: add
INSERT INTO item (id, price) VALUES ($1, $2);
-- migration
ALTER TABLE item RENAME TO items;
CREATE VIEW item AS SELECT id, price, NOT active AS active FROM items;
-- case a-view-refuses-what-it-does-not-show: breaks-app
-- history
CREATE VIEW dear AS SELECT id, price FROM item WHERE price > 1000;
-- release 1.0
-- name: add
INSERT INTO dear (id, price) VALUES ($1, 5);
-- migration
CREATE OR REPLACE VIEW dear AS SELECT id, price FROM item WHERE price > 1000 WITH CHECK OPTION;
-- case a-view-shows-what-it-is-given
-- history
CREATE VIEW dear AS SELECT id, price FROM item WHERE price > 1000;
-- release 1.0
-- name: add
INSERT INTO dear (id, price) VALUES ($1, 5000);
-- migration
CREATE OR REPLACE VIEW dear AS SELECT id, price FROM item WHERE price > 1000 WITH CHECK OPTION;
-- case an-emptied-table-is-referred-to: breaks-app
-- release 1.0
-- name: empty
TRUNCATE item;
-- migration
CREATE TABLE sale (id int PRIMARY KEY, item int REFERENCES item);
-- case an-emptied-table-refers-to-another
-- release 1.0
-- name: empty
TRUNCATE item;
-- migration
ALTER TABLE item ADD COLUMN owner int;
-- case a-float-becomes-a-rounded-number: destructive blocks-reads blocks-writes table-rewrite
ALTER TABLE thing ALTER d TYPE numeric(10, 2);
-- case a-short-number-becomes-a-float: blocks-reads blocks-writes table-rewrite
CREATE TABLE IF NOT EXISTS nothing (id int);
ALTER TABLE short ALTER n TYPE float8;
-- case a-subquery-without-an-alias: fails
-- migration pg=15
CREATE VIEW v AS SELECT n FROM (SELECT 1 AS n);
-- case a-subquery-without-an-alias-since-16
-- migration pg=16
CREATE VIEW v AS SELECT n FROM (SELECT 1 AS n);
-- case a-function-of-a-later-version: fails
-- migration pg=15
CREATE VIEW v AS SELECT any_value(first) AS f, count(*) AS c FROM person;
-- case an-output-of-a-function-has-another-name: breaks-app
-- history
CREATE FUNCTION top(n int) RETURNS TABLE (id int, nick text) LANGUAGE sql AS 'SELECT id, first FROM person LIMIT n';
-- release 1.0
-- name: top
SELECT id, nick FROM top(10);
-- migration
DROP FUNCTION top(int);
CREATE FUNCTION top(n int) RETURNS TABLE (id int, nickname text) LANGUAGE sql AS 'SELECT id, first FROM person LIMIT n';
-- case a-function-gives-one-column-more
-- history
CREATE FUNCTION top(n int) RETURNS TABLE (id int, nick text) LANGUAGE sql AS 'SELECT id, first FROM person LIMIT n';
-- release 1.0
-- name: top
SELECT id, t.nick FROM top(10) t WHERE nick <> '';
-- migration
DROP FUNCTION top(int);
CREATE FUNCTION top(n int) RETURNS TABLE (id int, nick text, born date) LANGUAGE sql AS 'SELECT id, first, born FROM person LIMIT n';
-- case rows-of-a-table-from-a-function
-- history
CREATE FUNCTION old_ones() RETURNS SETOF person LANGUAGE sql AS 'SELECT * FROM person WHERE born < now()';
-- release 1.0
-- name: old
SELECT o.id, first, o.last FROM old_ones() AS o;
-- migration
ALTER TABLE person ADD COLUMN nick text;
-- case a-unique-key-is-always-enforced: fails
-- migration pg=18
ALTER TABLE item ADD CONSTRAINT item_price UNIQUE (price) NOT ENFORCED;
-- case a-publication-of-a-schema-since-15: fails
-- migration pg=14
CREATE PUBLICATION everything FOR TABLES IN SCHEMA public;
-- case a-trigger-writes-a-table-that-is-not-there: breaks-app
-- release 1.0
-- name: add
INSERT INTO person (id, first) VALUES ($1, $2);
-- migration
CREATE FUNCTION log_person() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO person_history (id, first) VALUES (NEW.id, NEW.first); RETURN NEW; END $$;
CREATE TRIGGER log_person AFTER INSERT ON person FOR EACH ROW EXECUTE FUNCTION log_person();
-- case a-trigger-writes-a-table-that-is-there
-- release 1.0
-- name: add
INSERT INTO person (id, first) VALUES ($1, $2);
-- migration
CREATE TABLE person_history (id int, first text);
CREATE FUNCTION log_person() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO person_history (id, first) VALUES (NEW.id, NEW.first); RETURN NEW; END $$;
CREATE TRIGGER log_person AFTER INSERT ON person FOR EACH ROW EXECUTE FUNCTION log_person();
