-- schema
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TYPE level AS ENUM ('ok', 'bad');
CREATE TYPE digit AS ENUM ('1', '2');
CREATE FUNCTION level_of(m mood) RETURNS level LANGUAGE sql IMMUTABLE AS 'SELECT m::text::level';
CREATE FUNCTION number_of(m mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION truth_of(a text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION takes(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE CAST (varchar AS mood) WITH INOUT AS IMPLICIT;
CREATE CAST (text AS mood) WITH INOUT AS ASSIGNMENT;
CREATE CAST (mood AS level) WITH FUNCTION level_of(mood) AS ASSIGNMENT;
CREATE CAST (mood AS int) WITH FUNCTION number_of(mood) AS IMPLICIT;
CREATE CAST (digit AS int) WITH INOUT AS IMPLICIT;
CREATE CAST (level AS mood) WITH INOUT AS IMPLICIT;
CREATE TABLE items (id int PRIMARY KEY, felt mood, at level, name text, code varchar(10), size int, digit digit);
INSERT INTO items VALUES (1, 'ok', 'ok', 'ok', 'ok', 1, '1');

-- change
DROP CAST (varchar AS mood);
DROP CAST (text AS mood);
DROP CAST (mood AS level);
DROP FUNCTION number_of(mood) CASCADE;
DROP CAST (digit AS int);

-- queries
-- name: compares_as_before
SELECT id FROM items WHERE felt = 'ok';
-- name: compares_with_a_column
SELECT id FROM items WHERE felt = code;
-- name: compares_with_a_parameter
SELECT id FROM items WHERE felt = $1::varchar;
-- name: inserts_text
INSERT INTO items (id, felt) SELECT 2, name FROM items;
-- name: inserts_a_parameter
INSERT INTO items (id, felt) VALUES (2, $1);
-- name: updates_level
UPDATE items SET at = felt;
-- name: updates_level_when_asked
UPDATE items SET at = felt::level;
-- name: casts_to_text_first
UPDATE items SET at = felt::text::level;
-- name: computes
SELECT felt + 1 AS more FROM items;
-- name: calls
SELECT takes(felt) AS taken FROM items;
-- name: casts_by_function
SELECT felt::int AS number FROM items;
-- name: casts_by_text
SELECT id FROM items WHERE digit::int > 1;
-- name: takes_the_text
SELECT id FROM items WHERE digit::text = '1';
-- name: sums
SELECT sum(digit) AS sum FROM items;
-- name: stays
SELECT id FROM items WHERE at = felt;
-- name: stays_in_assignment
UPDATE items SET felt = at;
