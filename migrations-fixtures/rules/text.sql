CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint);
CREATE INDEX acct_state ON acct (state);
CREATE TABLE "Weird Name" (id bigint PRIMARY KEY, "select" text, "a;b" int);
-- release 1.0
-- name: get_acct
SELECT id, email, state, n FROM acct WHERE id = $1;
-- case drop-in-a-comment
-- DROP TABLE acct;
CREATE TABLE note (id bigint);
-- case drop-in-a-block-comment
/* DROP TABLE acct; /* nested */ DROP TABLE org; */
CREATE TABLE note (id bigint);
-- case drop-in-a-string
COMMENT ON TABLE acct IS 'never DROP TABLE acct; or TRUNCATE it';
-- case drop-in-a-dollar-string
COMMENT ON TABLE acct IS $tag$ it's; DROP TABLE acct; $tag$;
-- case drop-in-an-escape-string
COMMENT ON TABLE acct IS E'it\'s; DROP TABLE acct; --';
-- case semicolon-in-identifier
ALTER TABLE "Weird Name" ALTER COLUMN "a;b" SET DEFAULT 3;
-- case quoted-drop-column: destructive
ALTER TABLE "Weird Name" DROP COLUMN "select";
-- case mixed-case-unquoted: blocks-reads blocks-writes long-scan
ALTER TABLE AcCt ADD CONSTRAINT X CHECK (N > 0);
-- case many-lines: blocks-writes long-scan
CREATE
  INDEX
  acct_n -- on n
  ON
  acct
  (n)
;
-- case no-final-semicolon: blocks-writes long-scan
CREATE INDEX acct_n ON acct (n)
-- case empty-statements
;;
CREATE TABLE note (id bigint);
;
-- case drop-in-do: destructive breaks-app
DO $$ BEGIN DROP TABLE acct; END $$;
-- case drop-in-do-execute: destructive breaks-app
DO $$ BEGIN EXECUTE 'DROP TABLE acct'; END $$;
-- case drop-in-do-execute-dollar: destructive breaks-app
DO $do$ BEGIN EXECUTE $x$DROP TABLE acct$x$; END $do$;
-- case drop-in-do-if-exists-missing
DO $$ BEGIN DROP TABLE IF EXISTS nothing; END $$;
-- case drop-unused-in-do: destructive
DO $$ BEGIN DROP TABLE org; END $$;
-- case drop-column-in-do: destructive breaks-app
DO $$ BEGIN ALTER TABLE acct DROP COLUMN state; END $$;
-- case drop-column-in-do-guarded: destructive breaks-app
DO $$ BEGIN IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'acct' AND column_name = 'n') THEN ALTER TABLE acct DROP COLUMN n; END IF; END $$;
-- case truncate-in-do: destructive breaks-app
DO $$ BEGIN TRUNCATE acct; END $$;
-- case delete-in-do: destructive breaks-app
DO $$ BEGIN DELETE FROM acct; END $$;
-- case index-in-do: blocks-writes long-scan
DO $$ BEGIN CREATE INDEX acct_n ON acct (n); END $$;
-- case index-in-do-execute: blocks-writes long-scan
DO $$ BEGIN EXECUTE 'CREATE INDEX acct_n ON acct (n)'; END $$;
-- case index-in-do-if-not-exists-existing
DO $$ BEGIN CREATE INDEX IF NOT EXISTS acct_state ON acct (state); END $$;
-- case set-not-null-in-do: blocks-reads blocks-writes long-scan
DO $$ BEGIN ALTER TABLE acct ALTER COLUMN state SET NOT NULL; END $$;
-- case type-change-in-do: blocks-reads blocks-writes table-rewrite
-- release 1.0
SELECT id FROM acct;
-- migration
DO $$ BEGIN ALTER TABLE acct ALTER COLUMN n TYPE bigint; END $$;
-- case check-in-do: blocks-reads blocks-writes long-scan
DO $$ BEGIN ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n > 0); END $$;
-- case check-in-do-with-handler: blocks-reads blocks-writes long-scan
DO $$ BEGIN ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n > 0); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
-- case foreign-key-in-do: blocks-writes long-scan
DO $$ BEGIN ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (org_id) REFERENCES org (id); END $$;
-- case rename-in-do: breaks-app
DO $$ BEGIN ALTER TABLE acct RENAME COLUMN state TO status; END $$;
-- case type-made-in-do-with-handler
DO $$ BEGIN CREATE TYPE tone AS ENUM ('low', 'high'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
-- case do-that-only-notices
DO $$ BEGIN RAISE NOTICE 'DROP TABLE acct'; END $$;
-- case do-that-raises: fails
DO $$ BEGIN RAISE EXCEPTION 'stop here'; END $$;
-- case do-that-raises-on-a-condition
DO $$ BEGIN IF (SELECT count(*) FROM acct) < 0 THEN RAISE EXCEPTION 'stop here'; END IF; END $$;
-- case do-that-drops-what-is-missing: fails
DO $$ BEGIN DROP TABLE nothing; END $$;
-- case drop-in-called-function: destructive breaks-app
-- history
CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE acct; END $$;
-- migration
SELECT tidy();
-- case drop-in-called-sql-function: destructive breaks-app
-- history
CREATE FUNCTION tidy() RETURNS void LANGUAGE sql AS 'DELETE FROM acct';
-- migration
SELECT tidy();
-- case drop-in-called-procedure: destructive breaks-app
-- history
CREATE PROCEDURE tidy() LANGUAGE plpgsql AS $$ BEGIN DROP TABLE acct; END $$;
-- migration
CALL tidy();
-- case drop-in-function-made-here-and-called: destructive breaks-app
CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE acct; END $$;
SELECT tidy();
DROP FUNCTION tidy();
-- case drop-in-function-made-here-and-not-called
CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE acct; END $$;
-- case index-in-called-function: blocks-writes long-scan
-- history
CREATE FUNCTION build() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX acct_n ON acct (n); END $$;
-- migration
SELECT build();
-- case function-with-begin-atomic
CREATE FUNCTION first_org() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT id FROM org ORDER BY id LIMIT 1; END;
-- case procedure-with-begin-atomic-of-several
CREATE PROCEDURE touch_org(i bigint) LANGUAGE sql BEGIN ATOMIC UPDATE org SET region = 'x' WHERE id = i; DELETE FROM acct WHERE id = i; END;
-- case function-body-with-semicolons-in-quotes
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''a;b''; SELECT ''DROP TABLE acct;''';
-- case drop-several-tables: destructive breaks-app
DROP TABLE org, acct;
-- case drop-table-cascade: destructive
-- release 1.0
SELECT id FROM acct;
-- history
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id);
-- migration
DROP TABLE org CASCADE;
-- case several-actions: destructive blocks-reads blocks-writes long-scan
-- release 1.0
SELECT id FROM acct;
-- migration
ALTER TABLE acct ADD COLUMN note text, DROP COLUMN made, ADD CONSTRAINT n_pos CHECK (n > 0);
-- case several-actions-harmless
ALTER TABLE acct ADD COLUMN note text, ALTER COLUMN n SET DEFAULT 0, ADD CONSTRAINT n_pos CHECK (n > 0) NOT VALID;
-- case alter-only: blocks-reads blocks-writes long-scan
ALTER TABLE ONLY acct ADD CONSTRAINT n_pos CHECK (n > 0);
-- case alter-star: blocks-reads blocks-writes long-scan
ALTER TABLE acct * ADD CONSTRAINT n_pos CHECK (n > 0);
-- case unicode-identifier
CREATE TABLE "größe" (id bigint, "länge" int);
CREATE INDEX "größe_idx" ON "größe" ("länge");
-- case unicode-escape-identifier
CREATE TABLE U&"d\0061ta" (id bigint);
CREATE INDEX data_id ON data (id);
-- case long-identifier-truncated
CREATE TABLE a_table_whose_name_is_a_good_deal_longer_than_the_sixty_three_bytes_allowed (id bigint);
CREATE INDEX long_id ON a_table_whose_name_is_a_good_deal_longer_than_the_sixty_three_b (id);
-- case values-with-type-keywords
INSERT INTO org (id, name) VALUES (5000, 'CREATE INDEX CONCURRENTLY x ON y'), (5001, 'DROP TABLE acct');
-- case copy-from-stdin
-- migration assumes
COPY org (id, name) FROM STDIN;
5000	one
5001	two; DROP TABLE acct;
\.
CREATE TABLE note (id bigint);
-- case set-search-path-then-unqualified: blocks-writes long-scan
-- history
CREATE SCHEMA app;
CREATE TABLE app.item (id bigint, v text);
-- migration
SET LOCAL search_path TO app;
CREATE INDEX item_v ON item (v);
-- case same-name-in-another-schema
CREATE SCHEMA app;
CREATE TABLE app.acct (id bigint, v text);
CREATE INDEX acct_v ON app.acct (v);
-- case new-table-shadows-in-another-schema: blocks-writes long-scan
CREATE SCHEMA app;
CREATE TABLE app.acct (id bigint, v text);
CREATE INDEX acct_n ON acct (n);
-- case create-schema-with-elements
CREATE SCHEMA app CREATE TABLE note (id bigint, body text) CREATE INDEX note_body ON note (body);
-- case drop-owned: destructive
-- release 1.0
SELECT id FROM acct;
-- migration assumes
DROP OWNED BY CURRENT_USER;
-- case drop-schema-cascade: destructive breaks-app
-- history
CREATE SCHEMA app;
CREATE TABLE app.item (id bigint PRIMARY KEY, v text);
-- release 1.0
SELECT v FROM app.item WHERE id = $1;
-- migration
DROP SCHEMA app CASCADE;
-- case drop-schema-cascade-unused: destructive
-- history
CREATE SCHEMA app;
CREATE TABLE app.item (id bigint PRIMARY KEY, v text);
-- migration
DROP SCHEMA app CASCADE;
-- case drop-empty-schema
-- history
CREATE SCHEMA app;
-- migration
DROP SCHEMA app;
-- case drop-sequence-unused: destructive
-- history
CREATE SEQUENCE tick;
-- migration
DROP SEQUENCE tick;
-- case drop-extension-unused
-- history
CREATE EXTENSION pg_trgm;
-- migration
DROP EXTENSION pg_trgm;
-- case drop-type-unused
-- history
CREATE TYPE mood AS ENUM ('sad');
-- migration
DROP TYPE mood;
-- case drop-type-cascade-takes-a-column: destructive
-- history
CREATE TYPE mood AS ENUM ('sad');
ALTER TABLE acct ADD COLUMN m mood;
-- migration
DROP TYPE mood CASCADE;
-- case drop-trigger-unused
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER acct_stamp AFTER INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- migration
DROP TRIGGER acct_stamp ON acct;
-- case drop-materialized-view-unused
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id FROM acct;
-- migration
DROP MATERIALIZED VIEW mv;
-- case truncate-cascade: destructive breaks-app
-- history
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id);
-- migration
TRUNCATE org CASCADE;
-- case truncate-several: destructive breaks-app
TRUNCATE org, acct;
-- case delete-one-row
DELETE FROM org WHERE id = 5;
-- case update-one-row
UPDATE acct SET n = 0 WHERE id = 5;
-- case update-new-column
-- migration unwrapped
ALTER TABLE acct ADD COLUMN note text;
UPDATE acct SET note = '' WHERE id < 1000;
-- case merge-into-live-table
-- migration pg=15
MERGE INTO org o USING (VALUES (5000, 'x')) v (id, name) ON o.id = v.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name);
-- case with-delete: destructive breaks-app
WITH gone AS (DELETE FROM acct RETURNING id) SELECT count(*) FROM gone;
-- case explain-analyze-delete: destructive breaks-app
EXPLAIN ANALYZE DELETE FROM acct;
-- case explain-delete
EXPLAIN DELETE FROM acct;
-- case prepare-only
PREPARE p AS DELETE FROM acct;
DEALLOCATE p;
-- case psql-metacommand
-- migration assumes
\set ON_ERROR_STOP on
CREATE TABLE note (id bigint);
