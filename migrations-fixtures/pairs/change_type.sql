-- schema
CREATE TABLE m (id int PRIMARY KEY, n int, price numeric(10, 2), name varchar(20), at timestamp, flag text, ref int);
INSERT INTO m VALUES (1, 2, 3, 'x', now(), 'true', 1);

-- change
ALTER TABLE m ALTER COLUMN n TYPE bigint, ALTER COLUMN price TYPE numeric(12, 2), ALTER COLUMN name TYPE varchar(40),
  ALTER COLUMN at TYPE timestamptz, ALTER COLUMN flag TYPE boolean USING flag::boolean, ALTER COLUMN ref TYPE text;

-- queries
-- name: widened
SELECT n FROM m;
-- name: widened_and_compared
SELECT id FROM m WHERE n = $1;
-- name: widened_sum
SELECT sum(n) FROM m;
-- name: widened_max
SELECT max(n) FROM m;
-- name: widened_cast
SELECT n::int FROM m;
-- name: widened_arithmetic
SELECT n + 1 FROM m;
-- name: widened_in_a_cte
WITH x AS (SELECT n FROM m) SELECT n FROM x;
-- name: count
SELECT count(n) FROM m;
-- name: longer_numeric
SELECT price FROM m;
-- name: longer_text
SELECT name FROM m;
-- name: longer_text_in_a_function
SELECT lower(name) FROM m;
-- name: zoned
SELECT at FROM m;
-- name: zoned_and_compared
SELECT id FROM m WHERE at < now();
-- name: text_to_boolean
SELECT id FROM m WHERE flag = 'true';
-- name: text_to_boolean_with_text
SELECT id FROM m WHERE flag = 'x'::text;
-- name: text_to_boolean_like_a_column
SELECT id FROM m WHERE flag = name;
-- name: int_to_text_join
SELECT a.id FROM m a JOIN m b ON a.ref = b.id;
-- name: int_to_text_number
SELECT id FROM m WHERE ref = 1;
-- name: int_to_text_in
SELECT id FROM m WHERE ref IN (1, 2);
-- name: int_to_text_between
SELECT id FROM m WHERE ref BETWEEN 1 AND 2;
-- name: int_to_text_written
INSERT INTO m (id, ref) VALUES (2, 3);
-- name: text_to_boolean_written
INSERT INTO m (id, flag) SELECT 3, name FROM m;
-- name: text_to_boolean_updated
UPDATE m SET flag = name;
-- name: text_to_boolean_number
UPDATE m SET flag = 1;
-- name: using_two_types
SELECT 1 FROM m JOIN (SELECT 1 AS ref) x USING (ref);
-- name: in_subquery
SELECT id FROM m WHERE id IN (SELECT ref FROM m);
-- name: returning
UPDATE m SET id = 1 RETURNING n, name;
-- name: not_returned
SELECT id FROM m ORDER BY n, price, name, at;
-- name: given_as_parameter changes
SELECT id FROM m WHERE ref = $1;
