-- Views: their columns, what they depend on, and what they follow.
CREATE TABLE a (id int PRIMARY KEY, name varchar(20), price numeric(10, 2), at timestamptz, tags text[]);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, note text, small smallint, big bigint);
CREATE VIEW plain AS SELECT * FROM a;
CREATE VIEW joined AS SELECT a.id, b.id AS b_id, a.name, b.note FROM a JOIN b ON b.a_id = a.id WHERE a.price > 1;
CREATE VIEW used AS SELECT * FROM a JOIN b USING (id);
CREATE VIEW computed AS
    SELECT count(*), sum(price), sum(small) AS s, sum(big) AS sb, avg(small), max(name) AS m, min(at) AS first, bool_or(price > 1),
           coalesce(note, 'x') AS c, note || 'y' AS concatenated, small + big AS added, lower(name), now() AS n, 1 AS one, 'text' AS t,
           CASE WHEN price > 1 THEN 'high' ELSE 'low' END, array_agg(b.id) AS ids, at::date, length(note), price * 2 AS double,
           EXISTS (SELECT 1), at - at AS d, extract(year FROM at) AS y, date_trunc('day', at) AS day, NULL::int AS nothing, row_number() OVER () AS r
    FROM a JOIN b ON a.id = b.a_id GROUP BY note, small, big, name, price, at;
CREATE VIEW with_cte AS WITH x AS (SELECT id, name FROM a), y (k) AS (SELECT id FROM x) SELECT x.name, y.k FROM x, y;
CREATE VIEW united AS SELECT id, name FROM a UNION ALL SELECT id, note FROM b;
CREATE VIEW renamed (x, y) AS SELECT id, name FROM a;
CREATE VIEW sub AS SELECT s.n, (SELECT max(id) FROM b) AS m FROM (SELECT name AS n FROM a) s;
CREATE VIEW named_by_subquery AS SELECT (SELECT note FROM b LIMIT 1), (SELECT id AS k FROM a LIMIT 1), (SELECT max(id) FROM b) FROM a;
CREATE VIEW rows_of AS SELECT g, u FROM generate_series(1, 3) g, unnest(ARRAY['a', 'b']) u;
CREATE VIEW recursive_one AS WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t;
CREATE MATERIALIZED VIEW mat AS SELECT id, name FROM plain WITH NO DATA;
CREATE UNIQUE INDEX mat_id ON mat (id);
CREATE OR REPLACE VIEW plain AS SELECT id FROM a;
CREATE OR REPLACE VIEW renamed AS SELECT id AS x, name AS y, price FROM a;
CREATE OR REPLACE VIEW renamed AS SELECT id AS x, name AS z, price FROM a;
CREATE VIEW plain AS SELECT 1;
CREATE VIEW bad AS SELECT nowhere FROM a;
CREATE VIEW bad AS SELECT * FROM nowhere;
ALTER TABLE a RENAME TO aa;
ALTER TABLE aa RENAME COLUMN name TO title;
ALTER VIEW renamed RENAME TO renamed_again;
ALTER VIEW renamed_again RENAME COLUMN x TO xx;
ALTER TABLE renamed_again RENAME COLUMN y TO yy;
ALTER TABLE aa DROP COLUMN tags;
ALTER TABLE aa DROP COLUMN tags CASCADE;
ALTER TABLE aa DROP COLUMN title;
DROP TABLE b;
DROP TABLE b CASCADE;
ALTER VIEW aa RENAME TO x;
ALTER MATERIALIZED VIEW mat RENAME TO matt;
ALTER TABLE joined ADD COLUMN x int;
CREATE INDEX ON with_cte (k);
CREATE TABLE aa (id int);
CREATE TABLE counted (a int);
CREATE MATERIALIZED VIEW later AS SELECT a FROM counted WITH NO DATA;
CREATE VIEW over_later AS SELECT a FROM later;
CREATE MATERIALIZED VIEW from_later AS SELECT a FROM over_later;
CREATE TABLE table_from_later AS SELECT a FROM over_later;
CREATE TABLE table_from_later AS SELECT a FROM over_later WITH NO DATA;
SELECT a FROM over_later;
REFRESH MATERIALIZED VIEW CONCURRENTLY later;
REFRESH MATERIALIZED VIEW later;
REFRESH MATERIALIZED VIEW CONCURRENTLY later;
CREATE UNIQUE INDEX ON later (a);
REFRESH MATERIALIZED VIEW CONCURRENTLY later;
REFRESH MATERIALIZED VIEW later WITH NO DATA;
REFRESH MATERIALIZED VIEW over_later;
CREATE SEQUENCE seen;
CREATE VIEW over_seen AS SELECT t.* FROM seen t;
-- from 15
ALTER TABLE seen SET WITHOUT CLUSTER;
CREATE TYPE also_a_type AS ENUM ();
-- until 16
CREATE MATERIALIZED VIEW also_a_type AS SELECT a FROM later;
COMMENT ON TABLE over_seen IS 'no table';
COMMENT ON VIEW over_seen IS 'a view';

-- What the planner finds empty is not read.
CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS x WITH NO DATA;
CREATE TABLE no_parts (x int) PARTITION BY LIST (x);
CREATE MATERIALIZED VIEW from_empty AS SELECT u.x FROM unfilled u JOIN no_parts n ON u.x = n.x;
CREATE MATERIALIZED VIEW from_right AS SELECT u.x FROM unfilled u LEFT JOIN no_parts n ON u.x = n.x;
CREATE TABLE all_empty AS SELECT n.x FROM no_parts n LEFT JOIN unfilled u ON u.x = n.x;
CREATE TABLE one_part PARTITION OF no_parts DEFAULT;
CREATE MATERIALIZED VIEW from_filled AS SELECT u.x FROM unfilled u JOIN no_parts n ON u.x = n.x;
CREATE SEQUENCE counting;
CREATE TABLE like_sequence (LIKE counting);

-- A view that comes to read itself.
CREATE VIEW round AS SELECT 1 AS a;
CREATE VIEW around AS SELECT a FROM round;
CREATE OR REPLACE VIEW round AS SELECT a FROM around;
CREATE MATERIALIZED VIEW going AS SELECT a FROM round;
CREATE TABLE going AS SELECT a FROM round;
CREATE VIEW beside AS SELECT a FROM around;
CREATE MATERIALIZED VIEW unread AS SELECT a FROM beside WITH NO DATA;
REFRESH MATERIALIZED VIEW unread;
DROP VIEW around;
DROP VIEW around CASCADE;
CREATE TABLE seen_twice (id int, n text);
CREATE VIEW twice AS SELECT id, id FROM seen_twice;
CREATE VIEW twice AS SELECT * FROM seen_twice a JOIN seen_twice b ON a.id = b.id;
CREATE VIEW twice (a, b) AS SELECT 1;
CREATE MATERIALIZED VIEW twice (a, b) AS SELECT 1;
CREATE MATERIALIZED VIEW twice AS SELECT id, id FROM seen_twice;
CREATE VIEW twice AS SELECT * FROM seen_twice a JOIN seen_twice b USING (id, n);
CREATE VIEW twice_over AS SELECT a.*, b.n AS other FROM seen_twice a JOIN seen_twice b ON a.id = b.id;
