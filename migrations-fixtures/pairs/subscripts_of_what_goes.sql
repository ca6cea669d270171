-- schema
CREATE TYPE pair AS (x int, y text);
CREATE TABLE t (id int PRIMARY KEY, total text[], two pair, other text[]);

-- change
ALTER TABLE t DROP COLUMN total, DROP COLUMN two;

-- queries
-- name: qualified
SELECT a.total[1] FROM t AS a;
-- name: qualified_slice
SELECT t.total[1:2] FROM t;
-- name: in_parentheses
SELECT (a.total)[1] FROM t AS a;
-- name: a_field
SELECT (a.two).x FROM t AS a;
-- name: a_field_of_a_column
SELECT (two).x FROM t AS a;
-- name: a_column_of_a_whole_row
SELECT (a).other FROM t AS a;
-- name: what_stays
SELECT a.other[1] FROM t AS a;
