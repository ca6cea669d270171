CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email text NOT NULL, n int);
CREATE SEQUENCE tick;
GRANT SELECT, INSERT, UPDATE ON org, acct TO app;
GRANT USAGE ON SEQUENCE tick TO app;
GRANT USAGE ON SCHEMA public TO app;
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT i * 2';
-- release 1.0
SELECT id, name FROM org WHERE id = $1;
-- case revoke-of-another-privilege
-- migration role=app
REVOKE UPDATE ON org FROM app;
-- case revoke-of-the-privilege-needed: breaks-app
-- migration role=app
REVOKE SELECT ON org FROM app;
-- case revoke-all-of-a-schema: breaks-app
-- migration role=app
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app;
-- case revoke-of-one-column-beside-the-table
-- migration role=app
REVOKE SELECT (name) ON org FROM app;
-- case revoke-of-everybody-beside-an-own-grant
-- history
GRANT SELECT ON org TO PUBLIC;
-- migration role=app
REVOKE SELECT ON org FROM PUBLIC;
-- case revoke-of-everybody-without-an-own-grant: breaks-app
-- history
REVOKE SELECT ON org FROM app;
GRANT SELECT ON org TO PUBLIC;
-- migration role=app
REVOKE SELECT ON org FROM PUBLIC;
-- case revoke-and-grant-again
-- migration role=app
REVOKE ALL ON org FROM app;
GRANT SELECT ON org TO app;
-- case revoke-default-privileges
-- migration role=app
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM app;
-- case revoke-usage-of-a-schema: breaks-app
-- history
CREATE SCHEMA inner_one;
CREATE TABLE inner_one.note (id bigint);
GRANT USAGE ON SCHEMA inner_one TO app;
GRANT SELECT ON inner_one.note TO app;
-- release 1.0
SELECT id FROM inner_one.note;
-- migration role=app
REVOKE USAGE ON SCHEMA inner_one FROM app;
-- case revoke-usage-of-a-sequence: breaks-app
-- release 1.0
SELECT nextval('tick');
-- migration role=app
REVOKE USAGE ON SEQUENCE tick FROM app;
-- case revoke-execute-of-everybody: breaks-app
-- release 1.0
SELECT twice(id::int) FROM org WHERE id = $1;
-- migration role=app
REVOKE EXECUTE ON FUNCTION twice(int) FROM PUBLIC;
-- case revoke-execute-of-a-role-that-has-none-of-its-own
-- release 1.0
SELECT twice(id::int) FROM org WHERE id = $1;
-- migration role=app
REVOKE EXECUTE ON FUNCTION twice(int) FROM app;
-- case table-made-anew-without-grants: destructive breaks-app
-- migration role=app
DROP TABLE org;
CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
-- case owner-changes-under-the-application: breaks-app
-- history
CREATE TABLE own (id bigint);
ALTER TABLE own OWNER TO app;
-- release 1.0
SELECT id FROM own;
-- migration role=app
ALTER TABLE own OWNER TO CURRENT_USER;
-- case row-security-for-the-owner
-- history
CREATE TABLE own (id bigint);
ALTER TABLE own OWNER TO app;
-- release 1.0
SELECT id FROM own;
-- migration role=app
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
-- case row-security-forced-on-the-owner: breaks-app
-- history
CREATE TABLE own (id bigint);
ALTER TABLE own OWNER TO app;
-- release 1.0
SELECT id FROM own;
-- migration role=app
ALTER TABLE own ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- case policy-for-reading-only-and-a-writer: breaks-app
-- release 1.0
INSERT INTO org (id, name) VALUES ($1, $2);
-- migration role=app
CREATE POLICY org_read ON org FOR SELECT USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- case policy-for-everything-and-a-writer
-- release 1.0
INSERT INTO org (id, name) VALUES ($1, $2);
-- migration role=app
CREATE POLICY org_all ON org USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- case policy-for-another-role: breaks-app
-- migration role=app
CREATE POLICY org_read ON org FOR SELECT TO pg_monitor USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- case last-policy-dropped: breaks-app
-- history
CREATE POLICY org_all ON org USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- migration role=app
DROP POLICY org_all ON org;
-- case one-of-two-policies-dropped
-- history
CREATE POLICY org_all ON org USING (true);
CREATE POLICY org_some ON org USING (id > 3);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- migration role=app
DROP POLICY org_some ON org;
-- case policy-dropped-while-security-is-off
-- history
CREATE POLICY org_all ON org USING (true);
-- migration role=app
DROP POLICY org_all ON org;
-- case restrictive-policy-that-hides-all: breaks-app
-- history
CREATE POLICY org_all ON org USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- migration role=app
CREATE POLICY org_none ON org AS RESTRICTIVE USING (false);
-- case policy-altered-to-hide-all: breaks-app
-- history
CREATE POLICY org_all ON org USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- migration role=app
ALTER POLICY org_all ON org USING (false);
-- case policy-renamed
-- history
CREATE POLICY org_all ON org USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- migration role=app
ALTER POLICY org_all ON org RENAME TO org_everything;
-- case row-security-disabled
-- history
CREATE POLICY org_all ON org USING (true);
ALTER TABLE org ENABLE ROW LEVEL SECURITY;
-- migration role=app
ALTER TABLE org DISABLE ROW LEVEL SECURITY;
-- case view-looks-with-its-owners-eyes
-- history
CREATE VIEW names AS SELECT name FROM org;
GRANT SELECT ON names TO app;
-- release 1.0
SELECT name FROM names;
-- migration role=app
REVOKE SELECT ON org FROM app;
-- case view-begins-to-look-with-its-readers-eyes: breaks-app
-- history
CREATE VIEW names AS SELECT name FROM org;
GRANT SELECT ON names TO app;
REVOKE SELECT ON org FROM app;
-- release 1.0
SELECT name FROM names;
-- migration pg=15 role=app
ALTER VIEW names SET (security_invoker = true);
-- case revoke-of-what-was-never-granted
-- migration role=app
REVOKE DELETE ON org FROM app;
-- case grant-with-an-unknown-privilege: fails
GRANT READ ON org TO PUBLIC;
-- case policy-that-exists: fails
-- history
CREATE POLICY org_all ON org USING (true);
-- migration
CREATE POLICY org_all ON org USING (true);
-- case policy-of-a-missing-column: fails
CREATE POLICY org_own ON org USING (owner = CURRENT_USER);
-- case trigger-that-exists: fails
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER org_stamp BEFORE INSERT ON org FOR EACH ROW EXECUTE FUNCTION stamp();
-- migration
CREATE TRIGGER org_stamp BEFORE INSERT ON org FOR EACH ROW EXECUTE FUNCTION stamp();
-- case trigger-replaced
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER org_stamp BEFORE INSERT ON org FOR EACH ROW EXECUTE FUNCTION stamp();
-- migration
CREATE OR REPLACE TRIGGER org_stamp BEFORE INSERT OR UPDATE ON org FOR EACH ROW EXECUTE FUNCTION stamp();
-- case trigger-on-a-view-that-is-no-instead: fails
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE VIEW names AS SELECT name FROM org;
-- migration
CREATE TRIGGER names_stamp BEFORE INSERT ON names FOR EACH ROW EXECUTE FUNCTION stamp();
-- case trigger-on-a-missing-column: fails
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- migration
CREATE TRIGGER org_stamp BEFORE UPDATE OF nope ON org FOR EACH ROW EXECUTE FUNCTION stamp();
-- case trigger-dropped-that-is-missing: fails
DROP TRIGGER org_stamp ON org;
-- case trigger-dropped-if-exists
DROP TRIGGER IF EXISTS org_stamp ON org;
-- case trigger-dropped-if-exists-on-a-missing-table
DROP TRIGGER IF EXISTS org_stamp ON visits;
-- case sequence-in-a-default-renamed
-- history
ALTER TABLE acct ALTER COLUMN n SET DEFAULT nextval('tick');
-- release 1.0
INSERT INTO acct (id, email) VALUES ($1, $2);
-- migration role=app
ALTER SEQUENCE tick RENAME TO tock;
-- case sequence-increment
ALTER SEQUENCE tick INCREMENT BY 10 CACHE 20;
-- case sequence-of-a-smaller-type
ALTER SEQUENCE tick AS smallint;
-- case sequence-owned-by-another-schema: fails
-- history
CREATE SCHEMA app_one;
CREATE TABLE app_one.note (id bigint);
-- migration
ALTER SEQUENCE tick OWNED BY app_one.note.id;
-- case schema-renamed-and-named: breaks-app
-- history
CREATE SCHEMA app_one;
CREATE TABLE app_one.note (id bigint);
-- release 1.0
SELECT id FROM app_one.note;
-- migration
ALTER SCHEMA app_one RENAME TO app_two;
