-- schema
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
INSERT INTO t VALUES (1, 1, 2, 3);

-- change
ALTER TABLE t DROP COLUMN c;
ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + b) STORED;

-- queries
-- name: insert
INSERT INTO t (id, a, c) VALUES (2, 1, 5);
-- name: insert_default
INSERT INTO t (id, a, c) VALUES (3, 1, DEFAULT);
-- name: insert_mixed
INSERT INTO t (id, c) VALUES (4, DEFAULT), (5, 1);
-- name: insert_select
INSERT INTO t (id, c) SELECT 6, 1;
-- name: insert_all
INSERT INTO t VALUES (7, 1, 2, 3);
-- name: update
UPDATE t SET c = 1;
-- name: update_default
UPDATE t SET c = DEFAULT, a = 2;
-- name: read
SELECT a, b, c FROM t;
-- name: upsert
INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET c = 3;
