CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint);
CREATE INDEX acct_state ON acct (state);
ALTER TABLE acct ADD CONSTRAINT acct_n CHECK (n >= 0);
CREATE FUNCTION wipe() RETURNS void LANGUAGE sql AS 'DELETE FROM acct';
-- release 1.0
SELECT id, email, state, n FROM acct WHERE id = $1;
-- case execute-of-a-prepared-delete: destructive breaks-app
PREPARE gone AS DELETE FROM acct;
EXECUTE gone;
-- case execute-of-a-prepared-select
PREPARE look AS SELECT 1;
EXECUTE look;
DEALLOCATE look;
-- case execute-of-what-was-not-prepared: fails
EXECUTE gone;
-- case execute-after-deallocate: fails
PREPARE gone AS DELETE FROM acct;
DEALLOCATE gone;
EXECUTE gone;
-- case execute-after-deallocate-all: fails
PREPARE gone AS DELETE FROM acct;
DEALLOCATE ALL;
EXECUTE gone;
-- case execute-with-arguments-of-one-row
PREPARE one (bigint) AS UPDATE org SET region = 'eu' WHERE id = $1;
EXECUTE one (3);
-- case prepared-twice: fails
PREPARE look AS SELECT 1;
PREPARE look AS SELECT 2;
-- case prepared-ddl: fails
PREPARE gone AS DROP TABLE acct;
-- case deallocate-of-nothing: fails
DEALLOCATE nothing;
-- case perform-of-a-function-that-deletes: destructive breaks-app
DO $$ BEGIN PERFORM wipe(); END $$;
-- case function-called-in-from: destructive breaks-app
SELECT * FROM wipe();
-- case function-called-by-a-function: destructive breaks-app
-- history
CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM wipe(); END $$;
-- migration
SELECT tidy();
-- case function-that-deletes-is-only-granted
GRANT EXECUTE ON FUNCTION wipe() TO PUBLIC;
-- case function-that-deletes-is-only-commented
COMMENT ON FUNCTION wipe() IS 'SELECT wipe() deletes all';
-- case format-with-an-identifier: destructive breaks-app
DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'acct'); END $$;
-- case format-with-three-identifiers: destructive breaks-app
DO $$ BEGIN EXECUTE format('ALTER TABLE %I.%I DROP COLUMN %I', 'public', 'acct', 'n'); END $$;
-- case concatenated-statement: destructive breaks-app
DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'acct'; END $$;
-- case variable-with-a-name: destructive breaks-app
DO $$ DECLARE t text := 'acct'; BEGIN EXECUTE 'DROP TABLE ' || quote_ident(t); END $$;
-- case constant-with-a-statement: blocks-writes long-scan
DO $$ DECLARE s CONSTANT text := 'CREATE INDEX acct_n ON acct (n)'; BEGIN EXECUTE s; END $$;
-- case foreach-over-names: blocks-reads blocks-writes
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['acct', 'org'] LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN note text', t);
    END LOOP;
END $$;
-- case returns-before-it-drops
DO $$ BEGIN RETURN; DROP TABLE acct; END $$;
-- case if-false
DO $$ BEGIN IF false THEN DROP TABLE acct; END IF; END $$;
-- case if-true-else
DO $$ BEGIN IF true THEN PERFORM 1; ELSE DROP TABLE acct; END IF; END $$;
-- case guarded-by-a-constraint-that-is-there
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'acct_n') THEN
        ALTER TABLE acct ADD CONSTRAINT acct_n CHECK (n >= 0);
    END IF;
END $$;
-- case guarded-by-a-constraint-that-is-not-there: blocks-reads blocks-writes long-scan
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'acct_n_small') THEN
        ALTER TABLE acct ADD CONSTRAINT acct_n_small CHECK (n < 1000000);
    END IF;
END $$;
-- case guarded-by-a-column-that-is-there: breaks-app
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'acct' AND column_name = 'n') THEN
        ALTER TABLE acct RENAME COLUMN n TO number;
    END IF;
END $$;
-- case guarded-by-a-column-that-is-not-there
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'acct' AND column_name = 'nn') THEN
        ALTER TABLE acct RENAME COLUMN n TO number;
    END IF;
END $$;
-- case guarded-by-to-regclass-of-what-is-missing
DO $$ BEGIN
    IF to_regclass('public.visits') IS NOT NULL THEN
        DROP TABLE acct;
    END IF;
END $$;
-- case guarded-by-to-regclass-of-what-is-there: destructive breaks-app
DO $$ BEGIN
    IF to_regclass('public.acct') IS NOT NULL THEN
        DROP TABLE acct;
    END IF;
END $$;
-- case guarded-by-a-type-that-is-missing
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN
        CREATE TYPE mood AS ENUM ('sad', 'ok');
    END IF;
END $$;
-- case duplicate-constraint-handled
DO $$ BEGIN
    ALTER TABLE acct ADD CONSTRAINT acct_n CHECK (n >= 0);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
-- case duplicate-constraint-handled-as-another-error: fails
DO $$ BEGIN
    ALTER TABLE acct ADD CONSTRAINT acct_n CHECK (n >= 0);
EXCEPTION WHEN undefined_table THEN NULL;
END $$;
-- case missing-table-handled
DO $$ BEGIN
    DROP TABLE visits;
EXCEPTION WHEN undefined_table THEN RAISE NOTICE 'none';
END $$;
-- case missing-table-handled-by-others
DO $$ BEGIN
    DROP TABLE visits;
EXCEPTION WHEN OTHERS THEN NULL;
END $$;
-- case handled-and-rolled-back
DO $$ BEGIN
    DROP TABLE acct;
    RAISE EXCEPTION 'no';
EXCEPTION WHEN OTHERS THEN NULL;
END $$;
-- case lock-of-a-handled-block-is-let-go: blocks-writes long-scan
BEGIN;
DO $$ BEGIN
    ALTER TABLE acct ADD COLUMN note text;
    RAISE EXCEPTION 'no';
EXCEPTION WHEN OTHERS THEN NULL;
END $$;
CREATE INDEX org_region ON org (region);
COMMIT;
-- case lock-of-a-do-block-is-held: blocks-reads blocks-writes long-scan
DO $$ BEGIN
    ALTER TABLE acct ADD COLUMN note text;
END $$;
CREATE INDEX org_region ON org (region);
-- case do-in-sql: fails
DO LANGUAGE sql 'SELECT 1';
-- case do-language-behind: destructive breaks-app
DO $$ BEGIN DROP TABLE acct; END $$ LANGUAGE plpgsql;
-- case do-as-a-plain-string: destructive breaks-app
DO 'BEGIN EXECUTE ''DROP TABLE acct''; END';
-- case do-as-an-escape-string: destructive breaks-app
DO E'BEGIN\n    DROP TABLE acct;\nEND';
-- case case-statement-in-do: destructive breaks-app
DO $$ BEGIN CASE 1 WHEN 1 THEN TRUNCATE acct; ELSE NULL; END CASE; END $$;
-- case loop-that-deletes-in-batches: destructive breaks-app
DO $$
BEGIN
    LOOP
        DELETE FROM acct WHERE ctid IN (SELECT ctid FROM acct LIMIT 100);
        EXIT WHEN NOT FOUND;
    END LOOP;
END $$;
-- case assert-that-holds
DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_class WHERE relname = 'acct') = 1; END $$;
-- case function-body-checked-for-columns: fails
CREATE FUNCTION first_acct() RETURNS bigint LANGUAGE sql AS 'SELECT nope FROM acct LIMIT 1';
-- case function-body-of-plpgsql-not-checked
CREATE FUNCTION first_acct() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT nope FROM acct LIMIT 1); END';
-- case function-body-checked-for-its-result: fails
CREATE FUNCTION first_acct() RETURNS bigint LANGUAGE sql AS $$ SELECT email FROM acct LIMIT 1 $$;
-- case function-body-not-checked-on-request
SET check_function_bodies = off;
CREATE FUNCTION first_acct() RETURNS bigint LANGUAGE sql AS 'SELECT nope FROM acct LIMIT 1';
-- case function-of-a-missing-type: fails
CREATE FUNCTION first_acct() RETURNS moods LANGUAGE sql AS 'SELECT 1';
-- case procedure-called-as-a-function: fails
-- history
CREATE PROCEDURE touch() LANGUAGE sql AS 'UPDATE org SET region = region WHERE id = 1';
-- migration
SELECT touch();
-- case function-called-as-a-procedure: fails
CALL wipe();
-- case call-of-a-harmless-procedure
-- history
CREATE PROCEDURE touch() LANGUAGE sql AS 'UPDATE org SET region = region WHERE id = 1';
-- migration
CALL touch();
-- case drop-named-like-a-function-call
SELECT 'wipe()';
-- case comment-nested
/* DROP TABLE acct; /* DROP TABLE org; */ TRUNCATE acct; */
SELECT 1;
-- case dollar-tag-inside-a-dollar-string
CREATE FUNCTION text_of() RETURNS text LANGUAGE plpgsql AS $a$ BEGIN RETURN $b$ DROP TABLE acct; $b$; END $a$;
-- case backslash-in-a-plain-string
INSERT INTO org (id, name) VALUES (9001, 'a\'); -- '' DROP TABLE acct;
-- case escape-string-with-a-quote
INSERT INTO org (id, name) VALUES (9001, E'a\'); DROP TABLE acct; --');
-- case string-continued-on-the-next-line
INSERT INTO org (id, name) VALUES (9001, 'a'
'b; DROP TABLE acct');
-- case operator-made-of-dashes
SELECT 1 - -1;
-- case no-space-before-a-comment: destructive breaks-app
DROP TABLE/* really */acct;
-- case keyword-in-mixed-case-over-lines: destructive breaks-app
DroP
  tABLe
  If eXiSTs
  "acct";
-- case quoted-upper-case-is-another-table
DROP TABLE IF EXISTS "ACCT";
-- case catalogue-prefix-of-the-database: destructive breaks-app
DROP TABLE public . acct;
