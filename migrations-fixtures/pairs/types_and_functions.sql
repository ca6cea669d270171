-- schema
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (id int PRIMARY KEY, p pair, doc jsonb DEFAULT '{}');
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
CREATE FUNCTION gone(n int, m text) RETURNS text LANGUAGE sql AS 'SELECT m';
INSERT INTO t VALUES (1, (1, 'x'));

-- change
DROP TYPE mood;
DROP FUNCTION gone(int, text);
ALTER TYPE pair RENAME ATTRIBUTE b TO c;

-- queries
-- name: cast_to_the_dropped
SELECT 'ok'::mood;
-- name: parameter_of_the_dropped
SELECT $1::mood;
-- name: call_of_the_dropped
SELECT gone(1, 'x');
-- name: call_that_stays
SELECT twice(id) FROM t;
-- name: field
SELECT (p).b FROM t;
-- name: other_field
SELECT (p).a FROM t;
-- name: json
SELECT doc ->> 'a', doc ? 'b', jsonb_each.key FROM t, jsonb_each(doc);
-- name: json_elements
SELECT e.value FROM t, jsonb_array_elements('[1]'::jsonb) AS e;
-- name: record_function
SELECT r.a FROM t, jsonb_to_recordset('[]') AS r(a int, b text);
