-- schema
CREATE SCHEMA app;
CREATE TABLE app.events (id int PRIMARY KEY, what text);
CREATE TABLE sessions (id int PRIMARY KEY, token text);
CREATE TABLE accounts (id int PRIMARY KEY, name text);
CREATE TABLE "Weird Name" (id int, "Col" text);
CREATE VIEW live AS SELECT id FROM accounts;
CREATE SEQUENCE numbers;

-- change
DROP TABLE sessions;
ALTER TABLE accounts RENAME TO customers;
ALTER TABLE app.events SET SCHEMA public;
ALTER TABLE "Weird Name" RENAME COLUMN "Col" TO col;
DROP SEQUENCE numbers;

-- queries
-- name: dropped
SELECT id FROM sessions;
-- name: dropped_in_a_join
SELECT 1 FROM accounts a LEFT JOIN sessions s ON s.id = a.id;
-- name: insert_into_the_dropped
INSERT INTO sessions (id) VALUES (1);
-- name: delete_from_the_dropped
DELETE FROM sessions WHERE token = $1;
-- name: update_the_dropped
UPDATE sessions SET token = 'x';
-- name: renamed
SELECT name FROM accounts;
-- name: renamed_and_qualified
SELECT public.accounts.name FROM public.accounts;
-- name: view_over_the_renamed
SELECT id FROM live;
-- name: moved
SELECT what FROM app.events;
-- name: never_worked
SELECT what FROM nowhere;
-- name: cte_instead_of_the_dropped
WITH sessions AS (SELECT 1 AS id) SELECT id FROM sessions;
-- name: cte_is_out_of_scope
SELECT (WITH sessions AS (SELECT 1 AS id) SELECT id FROM sessions), (SELECT max(id) FROM sessions);
-- name: quoted
SELECT "Col" FROM "Weird Name";
-- name: quoted_and_qualified
SELECT w."Col" FROM "Weird Name" AS w;
-- name: quoted_insert
INSERT INTO "Weird Name" ("Col") VALUES ('x');
-- name: in_a_subquery
SELECT 1 WHERE EXISTS (SELECT FROM sessions);
-- name: nextval
SELECT nextval('numbers');
-- name: regclass
SELECT 'accounts'::regclass;
-- name: system_catalogue
SELECT relname FROM pg_class WHERE relname = 'sessions';
-- name: information_schema
SELECT table_name FROM information_schema.tables;
