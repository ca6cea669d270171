-- schema
CREATE SCHEMA tools;
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TYPE span AS RANGE (subtype = int);
CREATE FUNCTION near(a int, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs(a - b) < 2';
CREATE FUNCTION near(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) = lower(b)';
CREATE FUNCTION joined(a text, b int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || b';
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * a';
CREATE FUNCTION worse(a mood, b mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a > b';
CREATE FUNCTION sum(a span, b int) RETURNS span LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE TABLE notes (id int PRIMARY KEY, note text);
CREATE FUNCTION noted(a int, b text) RETURNS text LANGUAGE sql STABLE AS 'SELECT note FROM notes WHERE id = a';
CREATE FUNCTION older(a date, b date) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a < b';
CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = near);
CREATE OPERATOR <+> (LEFTARG = text, RIGHTARG = text, FUNCTION = near);
CREATE OPERATOR <~> (LEFTARG = int, RIGHTARG = int, FUNCTION = near);
CREATE OPERATOR tools.<*> (LEFTARG = int, RIGHTARG = int, FUNCTION = near);
CREATE OPERATOR ||| (LEFTARG = text, RIGHTARG = int, FUNCTION = joined);
CREATE OPERATOR !@ (RIGHTARG = int, FUNCTION = twice);
CREATE OPERATOR >>> (LEFTARG = mood, RIGHTARG = mood, FUNCTION = worse);
CREATE OPERATOR <<<| (LEFTARG = date, RIGHTARG = date, FUNCTION = older);
CREATE OPERATOR +| (LEFTARG = span, RIGHTARG = int, FUNCTION = sum);
CREATE OPERATOR ^! (LEFTARG = int, RIGHTARG = text, FUNCTION = noted);
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = int, FUNCTION = joined);
CREATE TABLE items (id int PRIMARY KEY, size int NOT NULL, name text NOT NULL, felt mood, reach span, made date,
    small smallint, code varchar(10));
INSERT INTO items VALUES (1, 1, 'sent', 'ok', '[1,2)', '2020-01-01', 1, 'sent');
CREATE VIEW nearby AS SELECT id FROM items WHERE size <+> 1;

-- change
DROP OPERATOR <~> (int, int);
DROP OPERATOR !@ (NONE, int);
DROP FUNCTION worse(mood, mood) CASCADE;
DROP SCHEMA tools CASCADE;
DROP OPERATOR +| (span, int);
ALTER TABLE items ALTER COLUMN made TYPE text;
ALTER TABLE notes RENAME COLUMN note TO text;
DROP OPERATOR = (text, int);

-- queries
-- name: stays
SELECT id FROM items WHERE size <+> 2;
-- name: stays_for_text
SELECT id FROM items WHERE name <+> 'Sent' AND code <+> $1;
-- name: stays_for_smaller
SELECT small <+> 1 AS near FROM items;
-- name: view_stays
SELECT id FROM nearby;
-- name: with_its_schema
SELECT id FROM items WHERE size OPERATOR(public.<+>) 2;
-- name: is_gone
SELECT id FROM items WHERE size <~> 2;
-- name: is_gone_for_a_parameter
SELECT id FROM items WHERE size <~> $1;
-- name: is_gone_with_its_schema
SELECT id FROM items WHERE size OPERATOR(public.<~>) 2;
-- name: schema_is_gone
SELECT id FROM items WHERE size OPERATOR(tools.<*>) 2;
-- name: prefix_is_gone
SELECT !@ size AS twice FROM items;
-- name: function_is_gone
SELECT id FROM items WHERE felt >>> 'ok';
-- name: of_a_range_is_gone
SELECT reach +| 1 AS more FROM items;
-- name: joined_stays
SELECT name ||| 1 AS joined FROM items;
-- name: joined_stays_for_any_left
SELECT size ||| 1 AS joined FROM items;
-- name: other_type
SELECT id FROM items WHERE made <<<| '2020-01-02';
-- name: other_type_of_both
SELECT a.id FROM items a JOIN items b ON a.made <<<| b.made;
-- name: in_update
UPDATE items SET size = !@ size WHERE id = $1;
-- name: in_delete
DELETE FROM items WHERE size <~> 1;
-- name: body_breaks
SELECT size ^! name AS note FROM items;
-- name: body_breaks_in_a_call
SELECT noted(size, name) AS note FROM items;
-- name: equal_of_its_own
SELECT name = 1 AS same FROM items;
-- name: equal_of_the_system
SELECT id FROM items WHERE size OPERATOR(pg_catalog.=) 1 AND name = 'x';
-- name: rows_field_by_field
SELECT id FROM items WHERE (id, made) = (1, '2020-01-01');
-- name: rows_of_another_type
SELECT id FROM items WHERE (id, made) > (0, current_date);
-- name: rows_with_parameters
SELECT id FROM items WHERE (id, name) = ($1, $2);
