CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text NOT NULL DEFAULT 'new', n int, org_id bigint);
CREATE UNIQUE INDEX acct_email ON acct (email);
CREATE VIEW live AS SELECT id, email, org_id FROM acct WHERE state <> 'dead';
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
CREATE TYPE addr AS (street text, zip text);
-- release 1.0
SELECT id, email FROM live;
-- case view-replaced-with-other-rows: breaks-app
CREATE OR REPLACE VIEW live AS SELECT id, email, org_id FROM acct WHERE state = 'live';
-- case view-replaced-with-one-more-condition: breaks-app
CREATE OR REPLACE VIEW live AS SELECT id, email, org_id FROM acct WHERE state <> 'dead' AND n > 1000;
-- case view-replaced-spelled-differently
CREATE OR REPLACE VIEW live AS SELECT a.id, a.email, a.org_id FROM public.acct AS a WHERE a.state != 'dead';
-- case view-replaced-and-not-read
-- release 1.0
SELECT id, email FROM acct;
-- migration
CREATE OR REPLACE VIEW live AS SELECT id, email, org_id FROM acct WHERE state = 'live';
-- case view-replaced-with-one-more-column
CREATE OR REPLACE VIEW live AS SELECT id, email, org_id, n FROM acct WHERE state <> 'dead';
-- case view-replaced-with-a-limit: breaks-app
CREATE OR REPLACE VIEW live AS SELECT id, email, org_id FROM acct WHERE state <> 'dead' LIMIT 10;
-- case view-made-anew-with-other-rows: breaks-app
DROP VIEW live;
CREATE VIEW live AS SELECT id, email, org_id FROM acct WHERE false;
-- case view-replaced-over-another-table: breaks-app
CREATE OR REPLACE VIEW live AS SELECT id, name::varchar(80) AS email, id AS org_id FROM org WHERE region = 'eu';
-- case natural-join-meets-a-new-column: breaks-app
-- release 1.0
SELECT id, email, name FROM acct NATURAL JOIN org;
-- migration
ALTER TABLE acct ADD COLUMN region text;
-- case natural-join-and-a-column-of-one-side
-- release 1.0
SELECT id, email, name FROM acct NATURAL JOIN org;
-- migration
ALTER TABLE acct ADD COLUMN note text;
-- case using-join-meets-a-column-not-named
-- release 1.0
SELECT id, email, name FROM acct JOIN org USING (id);
-- migration
ALTER TABLE acct ADD COLUMN region text;
-- case using-join-meets-a-column-that-is-named: breaks-app
-- release 1.0
SELECT id, email, name FROM acct JOIN org USING (id);
-- migration
ALTER TABLE acct ADD COLUMN name text;
-- case group-by-of-an-output-name-meets-a-column: breaks-app
-- release 1.0
SELECT lower(name) AS tag, count(*) FROM org GROUP BY tag;
-- migration
ALTER TABLE org ADD COLUMN tag text;
-- case order-by-of-an-output-name-meets-a-column
-- release 1.0
SELECT lower(name) AS tag FROM org ORDER BY tag;
-- migration
ALTER TABLE org ADD COLUMN tag text;
-- case outer-name-captured-in-a-subquery: breaks-app
-- release 1.0
SELECT id FROM org WHERE EXISTS (SELECT 1 FROM acct WHERE acct.id = org.id AND region IS NOT NULL);
-- migration
ALTER TABLE acct ADD COLUMN region text;
-- case outer-name-qualified-in-a-subquery
-- release 1.0
SELECT id FROM org WHERE EXISTS (SELECT 1 FROM acct WHERE acct.id = org.id AND org.region IS NOT NULL);
-- migration
ALTER TABLE acct ADD COLUMN region text;
-- case union-of-stars: breaks-app
-- history
CREATE TABLE acct_old (LIKE acct);
-- release 1.0
SELECT id FROM (SELECT * FROM acct UNION ALL SELECT * FROM acct_old) both_of_them;
-- migration
ALTER TABLE acct ADD COLUMN note text;
-- case insert-of-a-star: breaks-app
-- history
CREATE TABLE acct_old (LIKE acct);
-- release 1.0
INSERT INTO acct_old SELECT * FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct ADD COLUMN note text;
-- case insert-of-a-star-into-a-wider-table
-- history
CREATE TABLE acct_old (LIKE acct);
-- release 1.0
INSERT INTO acct_old SELECT * FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct_old ADD COLUMN moved timestamptz DEFAULT now();
-- case variable-of-a-function-becomes-ambiguous: breaks-app
-- history
CREATE FUNCTION total_of(o bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE total bigint;
BEGIN
    SELECT count(*) + coalesce(max(total), 0) INTO total FROM acct WHERE org_id = o;
    RETURN total;
END $$;
-- release 1.0
SELECT total_of($1);
-- migration
ALTER TABLE acct ADD COLUMN total bigint;
-- case parameter-renamed: fails
CREATE OR REPLACE FUNCTION twice(j int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT j * 2';
-- case parameter-named-for-the-first-time
-- history
CREATE FUNCTION thrice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 3';
-- migration
CREATE OR REPLACE FUNCTION thrice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 3';
-- case parameter-loses-its-name: fails
CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
-- case parameter-renamed-and-called-by-name: breaks-app
-- release 1.0
SELECT twice(i => 4) FROM org WHERE id = $1;
-- migration
DROP FUNCTION twice(int);
CREATE FUNCTION twice(j int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT j * 2';
-- case parameter-renamed-and-called-by-place
-- release 1.0
SELECT twice(4) FROM org WHERE id = $1;
-- migration
DROP FUNCTION twice(int);
CREATE FUNCTION twice(j int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT j * 2';
-- case out-parameter-added: fails
-- history
CREATE FUNCTION pair(i int, OUT a int) LANGUAGE sql AS 'SELECT i';
-- migration
CREATE OR REPLACE FUNCTION pair(i int, OUT a int, OUT b int) LANGUAGE sql AS 'SELECT i, i';
-- case table-of-a-function-wider: fails
-- history
CREATE FUNCTION all_orgs() RETURNS TABLE (id bigint) LANGUAGE sql AS 'SELECT id FROM org';
-- migration
CREATE OR REPLACE FUNCTION all_orgs() RETURNS TABLE (id bigint, name text) LANGUAGE sql AS 'SELECT id, name FROM org';
-- case function-becomes-strict
CREATE OR REPLACE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT i * 2';
-- case function-gains-a-default
CREATE OR REPLACE FUNCTION twice(i int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
-- case function-replaced-so-that-it-raises: breaks-app
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER acct_stamp BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed'; END $$;
-- case function-of-a-trigger-replaced-harmlessly
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER acct_stamp BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN NEW; END $$;
-- case trigger-that-fills-is-disabled: breaks-app
-- history
ALTER TABLE acct ALTER COLUMN state DROP DEFAULT;
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := coalesce(NEW.state, 'new'); RETURN NEW; END $$;
CREATE TRIGGER acct_fill BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION fill();
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
ALTER TABLE acct DISABLE TRIGGER acct_fill;
-- case trigger-that-fills-on-replicas-only: breaks-app
-- history
ALTER TABLE acct ALTER COLUMN state DROP DEFAULT;
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := coalesce(NEW.state, 'new'); RETURN NEW; END $$;
CREATE TRIGGER acct_fill BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION fill();
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
ALTER TABLE acct ENABLE REPLICA TRIGGER acct_fill;
-- case trigger-that-fills-is-made-anew
-- history
ALTER TABLE acct ALTER COLUMN state DROP DEFAULT;
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := coalesce(NEW.state, 'new'); RETURN NEW; END $$;
CREATE TRIGGER acct_fill BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION fill();
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
DROP TRIGGER acct_fill ON acct;
CREATE TRIGGER acct_fill BEFORE INSERT OR UPDATE ON acct FOR EACH ROW EXECUTE FUNCTION fill();
-- case trigger-that-raises-for-another-operation
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed'; END $$;
CREATE TRIGGER acct_closed BEFORE DELETE OR TRUNCATE ON acct FOR EACH STATEMENT EXECUTE FUNCTION closed();
-- case trigger-that-raises-on-a-column-not-written
-- release 1.0
UPDATE acct SET email = $2 WHERE id = $1;
-- migration
CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed'; END $$;
CREATE TRIGGER acct_closed BEFORE UPDATE OF state ON acct FOR EACH ROW EXECUTE FUNCTION closed();
-- case trigger-that-raises-on-a-column-written: breaks-app
-- release 1.0
UPDATE acct SET email = $2 WHERE id = $1;
-- migration
CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed'; END $$;
CREATE TRIGGER acct_closed BEFORE UPDATE OF email ON acct FOR EACH ROW EXECUTE FUNCTION closed();
-- case group-by-the-primary-key-that-goes: breaks-app
-- release 1.0
SELECT id, email, count(*) FROM acct GROUP BY id;
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case primary-key-dropped-and-nobody-needs-it
-- release 1.0
SELECT id, email FROM acct WHERE id = $1;
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case primary-key-column-dropped-without-the-word: destructive breaks-app
-- release 1.0
SELECT id, email FROM acct WHERE id = $1;
-- history
DROP VIEW live;
-- migration
ALTER TABLE acct DROP id;
-- case primary-key-dropped-behind-on-conflict: breaks-app
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING;
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case primary-key-dropped-behind-on-conflict-anything
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2) ON CONFLICT DO NOTHING;
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case primary-key-of-a-view-that-groups: fails
-- history
CREATE VIEW per_acct AS SELECT id, email, count(*) FROM acct GROUP BY id;
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case view-goes-with-cascade: destructive breaks-app
ALTER TABLE acct DROP COLUMN org_id CASCADE;
-- case column-renamed-below-a-view
ALTER TABLE acct RENAME COLUMN email TO mail;
-- case table-renamed-below-a-view
ALTER TABLE acct RENAME TO account;
-- case column-of-using-renamed: breaks-app
-- history
CREATE TABLE pay (id bigint PRIMARY KEY, org_id bigint);
-- release 1.0
SELECT pay.id FROM acct JOIN pay USING (org_id);
-- migration
ALTER TABLE pay RENAME COLUMN org_id TO organisation_id;
-- case attribute-renamed: breaks-app
-- history
ALTER TABLE org ADD COLUMN home addr;
-- release 1.0
SELECT (home).zip FROM org WHERE id = $1;
-- migration
ALTER TYPE addr RENAME ATTRIBUTE zip TO postcode;
-- case attribute-renamed-and-not-read
-- history
ALTER TABLE org ADD COLUMN home addr;
-- release 1.0
SELECT (home).street FROM org WHERE id = $1;
-- migration
ALTER TYPE addr RENAME ATTRIBUTE zip TO postcode;
-- case domain-check-that-refuses-a-literal: breaks-app
-- history
CREATE DOMAIN word AS text;
ALTER TABLE org ADD COLUMN w word;
-- release 1.0
INSERT INTO org (id, name, w) VALUES ($1, 'o', 'a b');
-- migration
ALTER DOMAIN word ADD CONSTRAINT one_word CHECK (VALUE <> 'a b') NOT VALID;
-- case children-leave-their-parent: breaks-app
-- history
CREATE TABLE note (id bigint, line text);
CREATE TABLE note_old () INHERITS (note);
-- release 1.0
SELECT id, line FROM note;
-- migration
ALTER TABLE note_old NO INHERIT note;
-- case children-leave-a-parent-that-is-not-read
-- history
CREATE TABLE note (id bigint, line text);
CREATE TABLE note_old () INHERITS (note);
-- release 1.0
SELECT id, line FROM note_old;
-- migration
ALTER TABLE note_old NO INHERIT note;
-- case rule-that-also-notes
-- history
CREATE TABLE trail (id bigint);
-- release 1.0
INSERT INTO org (id, name) VALUES ($1, $2);
-- migration
CREATE RULE org_trail AS ON INSERT TO org DO ALSO INSERT INTO trail VALUES (NEW.id);
-- case whole-row-read
-- release 1.0
SELECT o.id, o.name FROM org o WHERE id = $1;
-- migration
ALTER TABLE org ADD COLUMN note text;
-- case returning-star-of-a-wider-table: breaks-app
-- release 1.0
INSERT INTO org (id, name) VALUES ($1, $2) RETURNING *;
-- migration
ALTER TABLE org ADD COLUMN note text;
-- case unique-that-an-upsert-does-not-name
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET email = excluded.email;
-- migration
DROP INDEX acct_email;
-- case partial-unique-of-an-upsert-made-anew
-- history
CREATE UNIQUE INDEX acct_live ON acct (email) WHERE state = 'live';
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2) ON CONFLICT (email) WHERE state = 'live' DO NOTHING;
-- migration unwrapped
CREATE UNIQUE INDEX CONCURRENTLY acct_lively ON acct (email) WHERE state = 'live';
DROP INDEX acct_live;
-- case function-body-says-the-name-of-another-tables-column
-- history
CREATE TABLE tally (id bigint, org_id bigint, n bigint);
CREATE FUNCTION count_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tally t SET n = t.n + 1 FROM org o WHERE t.org_id = o.id;
    RETURN NULL;
END $$;
CREATE TRIGGER acct_count AFTER INSERT ON acct FOR EACH ROW EXECUTE FUNCTION count_one();
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration
ALTER TABLE tally RENAME COLUMN id TO number;
