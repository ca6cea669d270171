-- schema
CREATE TABLE base (id int PRIMARY KEY, a text, b int);
CREATE VIEW plain AS SELECT id, a FROM base;
CREATE VIEW wide AS SELECT * FROM base;
CREATE MATERIALIZED VIEW kept AS SELECT id, count(*) AS n FROM base GROUP BY id;
INSERT INTO base VALUES (1, 'x', 1);

-- change
ALTER TABLE base ADD COLUMN c text;
ALTER TABLE base RENAME COLUMN a TO aa;
DROP VIEW wide;
CREATE VIEW wide AS SELECT id, b FROM base;
ALTER MATERIALIZED VIEW kept RENAME COLUMN n TO total;

-- queries
-- name: keeps_its_names
SELECT a FROM plain;
-- name: star_of_a_view_stays
SELECT * FROM plain;
-- name: replaced_view
SELECT a FROM wide;
-- name: replaced_view_star
SELECT * FROM wide;
-- name: what_the_replaced_view_keeps
SELECT b FROM wide;
-- name: materialized
SELECT n FROM kept;
-- name: join_of_view_and_table
SELECT plain.a, base.b FROM plain JOIN base USING (id);
