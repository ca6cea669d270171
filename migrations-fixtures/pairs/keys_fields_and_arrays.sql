-- schema
CREATE TYPE pair AS (x int, y text);
CREATE TABLE items (id int PRIMARY KEY, a int[], b int[], c pair, words text[]);
CREATE TABLE notes (id int PRIMARY KEY, item_id int);
INSERT INTO items VALUES (1, '{1}', '{1}', '(1,a)', '{x}');
INSERT INTO notes VALUES (1, 1);

-- change
ALTER TABLE notes ADD FOREIGN KEY (item_id) REFERENCES items (id);
ALTER TABLE items ALTER COLUMN a TYPE uuid USING NULL::uuid;
ALTER TABLE items ALTER COLUMN b TYPE timestamp USING NULL::timestamp;
ALTER TABLE items ALTER COLUMN c TYPE text;

-- queries
-- name: key_set_to_another unknown
UPDATE items SET id = 2;
-- name: key_set_in_a_list unknown
UPDATE items SET (words, id) = ('{y}', 2);
-- name: key_set_to_itself
UPDATE items SET id = id, words = '{y}';
-- name: key_kept_by_its_conflict
INSERT INTO items (id, words) VALUES (1, '{y}') ON CONFLICT (id) DO UPDATE SET id = excluded.id;
-- name: any_of_what_is_no_array
SELECT id FROM items WHERE 1 = ANY (a);
-- name: field_of_what_is_no_composite
SELECT id FROM items WHERE (c).x > 0;
-- name: constant_of_the_old_type
SELECT words, count(DISTINCT b) FROM items WHERE b < '{1}' GROUP BY words;
-- name: constant_of_the_old_type_in_a_query_of_a_query
WITH w AS (SELECT words, count(DISTINCT b) FROM items WHERE b < '{1}' GROUP BY words) SELECT * FROM w;
-- name: fields_of_what_is_no_composite
SELECT (c).* FROM items;
-- name: subscript_of_what_is_no_array
SELECT b[1] FROM items;
-- name: slice_of_what_is_no_array
SELECT b[1:2], b && ARRAY[1] FROM items;
