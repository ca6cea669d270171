-- schema
CREATE TYPE pair AS (x int, y text);
CREATE TABLE t (id int PRIMARY KEY, d boolean, two pair CHECK (two IS NOT NULL), n int CHECK (n IS NOT NULL));
INSERT INTO t VALUES (1, true, '(1,x)', 1);

-- change
ALTER TYPE pair ADD ATTRIBUTE z int;

-- queries
-- name: another_column unknown
UPDATE t SET d = true WHERE id = 1;
-- name: read
SELECT id FROM t;
