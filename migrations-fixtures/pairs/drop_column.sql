-- schema
CREATE TABLE items (id int PRIMARY KEY, a text, b text, c text);
CREATE TABLE other (id int, b text);
INSERT INTO items VALUES (1, 'a', 'b', 'c');

-- change
ALTER TABLE items DROP COLUMN b;

-- queries
-- name: gone
SELECT b FROM items;
-- name: outer_column_takes_its_place changes
SELECT id FROM other o WHERE EXISTS (SELECT 1 FROM items WHERE b = 'b');
-- name: insert_of_all
INSERT INTO items VALUES (2, 'a', 'b', 'c');
-- name: insert_of_fewer changes
INSERT INTO items VALUES (3, 'a', 'b');
-- name: insert_of_the_first
INSERT INTO items VALUES (4, 'a');
-- name: insert_with_a_list
INSERT INTO items (id, a, c) VALUES (5, 'a', 'c') RETURNING id;
-- name: insert_returning_star
INSERT INTO items (id, a) VALUES (6, 'a') RETURNING *;
-- name: insert_a_row_by_select
INSERT INTO items SELECT 7, 'x', 'y', 'z';
-- name: ambiguous_no_more
SELECT items.id FROM items JOIN other USING (id) WHERE a = 'a';
-- name: using_it
SELECT a FROM items JOIN other USING (b);
-- name: natural_join changes
SELECT a FROM items NATURAL JOIN other;
