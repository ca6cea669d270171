-- schema
CREATE TYPE pair AS (x int, y text);
CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE TABLE t (id int PRIMARY KEY, total mood, other mood);

-- change
ALTER TABLE t ALTER COLUMN total TYPE pair USING NULL::pair;

-- queries
-- name: compared
UPDATE t SET total = DEFAULT WHERE total >= 'ok';
-- name: equal
SELECT id FROM t WHERE total = 'ok';
-- name: in_a_list
SELECT id FROM t WHERE total IN ('ok', 'sad');
-- name: in_a_list_of_one
SELECT id FROM t WHERE total IN ('ok');
-- name: distinct
SELECT id FROM t WHERE total IS DISTINCT FROM 'ok';
-- name: between
SELECT id FROM t WHERE total BETWEEN 'ok' AND 'sad';
-- name: with_nothing
SELECT id FROM t WHERE total = NULL;
-- name: with_a_column
SELECT id FROM t WHERE total = other;
-- name: in_a_case
SELECT CASE total WHEN 'ok' THEN 1 END FROM t;
-- name: nullif
SELECT nullif(total, 'ok') FROM t;
-- name: no_greatest_row_before_18
UPDATE t SET id = id WHERE other = 'ok' AND (SELECT max(total) FROM t) IS NOT NULL;
