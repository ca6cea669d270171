CREATE TABLE acct (id bigint PRIMARY KEY, n int, name text, twice int GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE part (id bigint, n int, name text);
CREATE VIEW names AS SELECT id, name FROM acct;
CREATE VIEW sums AS SELECT name, count(*) AS n FROM acct GROUP BY name;
CREATE SEQUENCE ticket;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE tidy(n int) LANGUAGE sql AS 'SELECT 1';
-- case float-too-wide: fails
ALTER TABLE part ADD COLUMN f float(60);
-- case float:
ALTER TABLE part ADD COLUMN f float(53);
