CREATE TABLE acct (id bigint PRIMARY KEY, n int, name text, twice int GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE part (id bigint, n int, name text);
CREATE VIEW names AS SELECT id, name FROM acct;
CREATE VIEW sums AS SELECT name, count(*) AS n FROM acct GROUP BY name;
CREATE SEQUENCE ticket;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE tidy(n int) LANGUAGE sql AS 'SELECT 1';
-- case setting-of-17: fails
-- migration pg=16
SET transaction_timeout = '5s';
-- case setting-of-17-there:
-- migration pg=17
SET transaction_timeout = '5s';
-- case setting-without-quotes: fails
SET LOCAL statement_timeout = 5s;
-- case setting-in-quotes:
SET LOCAL statement_timeout = '5s';
-- case include-in-an-order: fails
CREATE INDEX acct_n ON acct (n) INCLUDE (name DESC);
-- case drop-column-alone: fails
DROP COLUMN acct.n;
-- case alter-domain-type: fails
CREATE DOMAIN d AS int; ALTER DOMAIN d TYPE bigint;
-- case float-too-wide: fails
ALTER TABLE part ADD COLUMN f float(60);
-- case float:
ALTER TABLE part ADD COLUMN f float(53);
