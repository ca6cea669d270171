-- Which routine a name means, and what may not move.
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION f() RENAME TO f;
ALTER FUNCTION f() SET SCHEMA public;
CREATE FUNCTION g(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE PROCEDURE g(n bigint) LANGUAGE plpgsql AS 'BEGIN END';
ALTER FUNCTION g RENAME TO h;
ALTER PROCEDURE g RENAME TO h;
ALTER ROUTINE h RENAME TO i;
CREATE SCHEMA s;
CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION f() SET SCHEMA s;
CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
SET search_path TO public, s;
DROP FUNCTION f;
DROP FUNCTION f(int);
SET search_path TO DEFAULT;

-- What a routine hands back is a type of a schema, under whatever name later.
CREATE TYPE result AS (x int);
CREATE TYPE s.result AS (y int);
CREATE TYPE "Result" AS ENUM ('a');
CREATE FUNCTION one() RETURNS result LANGUAGE sql AS 'SELECT ROW(1)::public.result';
CREATE FUNCTION many() RETURNS SETOF s.result LANGUAGE sql AS 'SELECT ROW(1)::s.result';
CREATE FUNCTION quoted() RETURNS "Result" LANGUAGE sql AS $$ SELECT 'a'::public."Result" $$;
CREATE FUNCTION out_one(OUT a "Result", OUT b int) LANGUAGE sql AS $$ SELECT 'a'::public."Result", 1 $$;
CREATE VIEW shown AS SELECT quoted() AS q;
DROP TYPE s.result;
ALTER TYPE s.result RENAME TO other_result;
DROP TYPE s.other_result;
DROP FUNCTION many();
DROP TYPE s.other_result;
DROP TYPE "Result";
DROP VIEW shown;
DROP FUNCTION quoted();
DROP TYPE "Result";
DROP TYPE "Result" CASCADE;
DROP FUNCTION out_one();
DROP TYPE result;
SET search_path TO s, public;
CREATE OR REPLACE FUNCTION public.one() RETURNS public.result LANGUAGE sql AS 'SELECT ROW(2)::public.result';
SET search_path TO DEFAULT;
-- A procedure that is not there.
CALL nowhere();
CALL elsewhere.nowhere();
