-- schema
CREATE SCHEMA first;
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * 2';
CREATE FUNCTION thrice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * 3';
CREATE TABLE items (id int PRIMARY KEY, small smallint);
INSERT INTO items VALUES (1, 1);
SET search_path TO first, public;

-- change
CREATE FUNCTION first.twice(x int, y int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION public.thrice(x int, y int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT x';

-- queries
-- name: another_schema_decides
SELECT id FROM items WHERE twice(small) > 1;
-- name: the_same_schema_cannot
SELECT id FROM items WHERE thrice(small) > 1;
