CREATE TABLE acct (id bigint PRIMARY KEY, n int, name text, twice int GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE part (id bigint, n int, name text);
CREATE VIEW names AS SELECT id, name FROM acct;
CREATE VIEW sums AS SELECT name, count(*) AS n FROM acct GROUP BY name;
CREATE SEQUENCE ticket;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE tidy(n int) LANGUAGE sql AS 'SELECT 1';
-- case copy-query-of-no-column: fails
COPY (SELECT nope FROM acct) TO '/dev/null';
-- case prepare-no-column: fails
PREPARE q AS SELECT nope FROM acct;
-- case prepare:
PREPARE q AS SELECT name FROM acct WHERE id = $1;
-- case call-nothing: fails
CALL nope();
-- case call:
CALL tidy(1);
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
-- case conflict-without-target: fails
INSERT INTO acct (id) VALUES (1) ON CONFLICT DO UPDATE SET n = 1;
-- case conflict-nothing:
INSERT INTO acct (id) VALUES (1) ON CONFLICT DO NOTHING;
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
