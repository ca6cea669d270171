-- schema
CREATE TABLE t (id bigint PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1);

-- change
ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (START WITH 10);

-- queries
-- name: insert
INSERT INTO t (id, a) VALUES (2, 1);
-- name: overriding
INSERT INTO t (id, a) OVERRIDING SYSTEM VALUE VALUES (3, 1);
-- name: default
INSERT INTO t (id, a) SELECT a + 50, a FROM t;
-- name: update
UPDATE t SET id = 5;
-- name: update_other
UPDATE t SET a = 5;
