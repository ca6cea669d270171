-- schema
CREATE TYPE pair AS (a int, b text);
CREATE TABLE units (id int PRIMARY KEY, state pair);
CREATE TABLE notes (id int, note text);
CREATE VIEW short AS SELECT id, note FROM notes;
INSERT INTO units VALUES (1, '(1,x)');
INSERT INTO notes VALUES (1, 'n');

-- change
DROP VIEW short;
CREATE VIEW short AS SELECT id FROM notes;

-- queries
-- name: a_column_of_the_query_around_it_is_compared_in_the_common_type
SELECT (SELECT s.note FROM short s WHERE u.state IN ('(1,x)', u.state)) FROM units u;
-- name: of_numbers_too
SELECT (SELECT s.note FROM short s WHERE u.id IN ('1', u.id)) FROM units u;
-- name: in_exists
SELECT 1 FROM units u WHERE EXISTS (SELECT s.note FROM short s WHERE u.id IN ('1', u.id + s.id));
-- name: without_what_is_gone
SELECT (SELECT s.id FROM short s WHERE u.state IN ('(1,x)', u.state)) FROM units u;
