-- schema
CREATE DOMAIN label AS text;
CREATE TABLE t (id int PRIMARY KEY, l label);
INSERT INTO t VALUES (1, 'x');

-- change
ALTER DOMAIN label SET NOT NULL;

-- queries
-- name: omitted
INSERT INTO t (id) VALUES (2);
-- name: given
INSERT INTO t (id, l) VALUES (2, 'x');
-- name: null
INSERT INTO t (id, l) VALUES (2, NULL);
-- name: read
SELECT l FROM t;
