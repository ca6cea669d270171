-- schema
CREATE TABLE t (id int PRIMARY KEY, total int, note text);
CREATE TABLE w (own int PRIMARY KEY, name text);

-- change
ALTER TABLE w ADD COLUMN total int[];

-- queries
-- name: ordered
SELECT * FROM t, w AS a WHERE note = 'x' ORDER BY total LIMIT 3;
-- name: distinct
SELECT DISTINCT ON (total) * FROM t, w;
-- name: ordered_by_one_of_them changes
SELECT * FROM t, w ORDER BY t.total;
-- name: of_one_table
SELECT t.* FROM t, w ORDER BY total;
-- name: twice_the_same
SELECT t.total, t.total FROM t, w ORDER BY total;
