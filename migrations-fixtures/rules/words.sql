CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint);
-- release 1.0
-- name: get_acct
SELECT id, email, state FROM acct WHERE id = $1;
-- name: set_state
UPDATE acct SET state = $2 WHERE id = $1;
-- case set-local-outside
-- migration unwrapped
SET LOCAL lock_timeout = '2s';
ALTER TABLE acct ADD COLUMN note text;
-- case set-local-inside
SET LOCAL lock_timeout = '2s';
ALTER TABLE acct ADD COLUMN note text;
-- case lock-timeout-reset-early
-- migration unwrapped
SET lock_timeout = '2s';
RESET lock_timeout;
ALTER TABLE acct ADD COLUMN note text;
-- case lock-timeout-zero
-- migration unwrapped
SET lock_timeout = 0;
ALTER TABLE acct ADD COLUMN note text;
-- case lock-timeout-reset-at-the-end
-- migration unwrapped
SET lock_timeout = '2s';
ALTER TABLE acct ADD COLUMN note text;
RESET lock_timeout;
-- case statement-timeout-on-a-build
-- migration unwrapped
SET statement_timeout = '5min';
CREATE INDEX CONCURRENTLY acct_n ON acct (n);
-- case foreign-key-partial-index
-- history
CREATE INDEX acct_org ON acct (org_id) WHERE n > 0;
-- migration
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (org_id) REFERENCES org NOT VALID;
-- case primary-key-of-a-published-table: breaks-app
-- history
CREATE PUBLICATION changes FOR TABLE acct;
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case primary-key-of-a-table-published-for-inserts
-- history
CREATE PUBLICATION changes FOR TABLE acct WITH (publish = 'insert');
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case primary-key-of-a-published-table-with-full-identity
-- history
CREATE PUBLICATION changes FOR TABLE acct;
-- migration
ALTER TABLE acct REPLICA IDENTITY FULL;
ALTER TABLE acct DROP CONSTRAINT acct_pkey;
-- case replica-identity-nothing: breaks-app
-- history
CREATE PUBLICATION changes FOR ALL TABLES;
-- migration
ALTER TABLE acct REPLICA IDENTITY NOTHING;
-- case publication-of-a-table-without-a-key: breaks-app
-- history
CREATE TABLE tag (name text);
-- release 1.0
UPDATE tag SET name = 'x' WHERE name = $1;
-- migration
CREATE PUBLICATION changes FOR TABLE tag;
-- case primary-key-under-another-name
-- history
CREATE TABLE odd (id int, CONSTRAINT ident PRIMARY KEY (id));
-- migration
ALTER TABLE odd DROP CONSTRAINT ident;
-- case check-named-like-a-primary-key
-- history
ALTER TABLE acct ADD CONSTRAINT n_pk CHECK (n > 0);
-- migration
ALTER TABLE acct DROP CONSTRAINT n_pk;
-- case sequence-not-widened: blocks-reads blocks-writes table-rewrite
-- history
CREATE TABLE s (id serial PRIMARY KEY);
-- migration
ALTER TABLE s ALTER COLUMN id TYPE bigint;
-- case drift-masked-table
CREATE TABLE IF NOT EXISTS acct (id bigint PRIMARY KEY, nickname text);
-- case drift-masked-column
ALTER TABLE acct ADD COLUMN IF NOT EXISTS state int;
-- case journal-of-a-tool
-- migration assumes
DELETE FROM schema_migrations WHERE version = '20240101';
-- case journal-of-another-tool
-- migration assumes
ALTER TABLE __diesel_schema_migrations ADD COLUMN note text;
-- case index-created-and-dropped-here
-- migration unwrapped
CREATE INDEX CONCURRENTLY tmp_n ON acct (n);
DROP INDEX tmp_n;
-- case invalid-leftover-hidden
-- migration unwrapped
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS acct_email ON acct (email);
ALTER TABLE acct ADD CONSTRAINT acct_email UNIQUE USING INDEX acct_email;
-- case deferrable-from-the-start
-- migration unwrapped
CREATE UNIQUE INDEX CONCURRENTLY acct_email ON acct (email);
ALTER TABLE acct ADD CONSTRAINT acct_email UNIQUE USING INDEX acct_email DEFERRABLE;
-- case several-statements-and-a-build-in-one-file: fails-in-transaction
ALTER TABLE acct ADD COLUMN q int;
CREATE INDEX CONCURRENTLY acct_q ON acct (q);
-- case dynamic-statement
DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('COMMENT ON TABLE %I IS NULL', r.tablename); END LOOP; END $$;
-- case dynamic-statement-then-column
DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('COMMENT ON TABLE %I IS NULL', r.tablename); END LOOP; END $$;
ALTER TABLE acct ADD COLUMN note text;
