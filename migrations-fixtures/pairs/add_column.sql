-- schema
CREATE TABLE items (id int PRIMARY KEY, a text);
CREATE TABLE notes (id int PRIMARY KEY, item_id int, text text);
INSERT INTO items VALUES (1, 'a');
INSERT INTO notes VALUES (1, 1, 't');

-- change
ALTER TABLE items ADD COLUMN text text;

-- queries
-- name: star
SELECT * FROM items;
-- name: star_of_the_other
SELECT n.* FROM notes n JOIN items i ON i.id = n.item_id;
-- name: becomes_ambiguous
SELECT text FROM notes JOIN items ON items.id = notes.item_id;
-- name: stays_clear
SELECT notes.text FROM notes JOIN items ON items.id = notes.item_id;
-- name: output_name_is_no_column
SELECT a AS text FROM items ORDER BY text;
-- name: group_by_prefers_the_column
SELECT count(*) AS n FROM items GROUP BY a;
-- name: insert_without_a_list
INSERT INTO items VALUES (2, 'b');
-- name: natural_join_joins_more changes
SELECT count(*) FROM items NATURAL JOIN notes;
-- name: exists_star
SELECT EXISTS (SELECT * FROM items);
-- name: subquery_star_takes_what_it_needs
SELECT a FROM (SELECT * FROM items) x;
-- name: union_of_stars
SELECT * FROM items UNION SELECT item_id, text FROM notes;
-- name: in_star
SELECT 1 WHERE (1, 'a') IN (SELECT * FROM items);
