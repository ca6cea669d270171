CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint);
CREATE INDEX acct_state ON acct (state);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE face (id bigint PRIMARY KEY, m mood);
-- release 1.0
-- name: get_acct
SELECT id, email, state, n FROM acct WHERE id = $1;
-- name: get_face
SELECT id, m FROM face WHERE id = $1;
-- case concurrently-wrapped: fails-in-transaction
CREATE INDEX CONCURRENTLY acct_n ON acct (n);
-- case concurrently-behind-begin: fails-in-transaction
-- migration unwrapped
BEGIN;
CREATE INDEX CONCURRENTLY acct_n ON acct (n);
COMMIT;
-- case concurrently-behind-start-transaction: fails-in-transaction
-- migration unwrapped
START TRANSACTION ISOLATION LEVEL READ COMMITTED;
CREATE UNIQUE INDEX CONCURRENTLY acct_email ON acct (email);
END;
-- case concurrently-after-commit
-- migration unwrapped
BEGIN;
ALTER TABLE acct ADD COLUMN note text;
COMMIT;
CREATE INDEX CONCURRENTLY acct_note ON acct (note);
-- case concurrently-after-commit-and-chain: fails-in-transaction
-- migration unwrapped
BEGIN;
ALTER TABLE acct ADD COLUMN note text;
COMMIT AND CHAIN;
CREATE INDEX CONCURRENTLY acct_note ON acct (note);
COMMIT;
-- case concurrently-after-commit-of-the-runners-transaction
-- migration
COMMIT;
CREATE INDEX CONCURRENTLY acct_n ON acct (n);
BEGIN;
-- case concurrently-in-do: fails-in-transaction
-- migration unwrapped
DO $$ BEGIN EXECUTE 'CREATE INDEX CONCURRENTLY acct_n ON acct (n)'; END $$;
-- case concurrently-in-do-direct: fails-in-transaction
-- migration unwrapped
DO $$ BEGIN CREATE INDEX CONCURRENTLY acct_n ON acct (n); END $$;
-- case concurrently-in-called-procedure: fails-in-transaction
-- history
CREATE PROCEDURE build() LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX CONCURRENTLY acct_n ON acct (n); END $$;
-- migration unwrapped
CALL build();
-- case concurrently-in-called-function: fails-in-transaction
-- history
CREATE FUNCTION build() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE INDEX CONCURRENTLY acct_n ON acct (n)'; END $$;
-- migration unwrapped
SELECT build();
-- case concurrently-only-in-a-comment
-- migration
-- CREATE INDEX CONCURRENTLY would be better for large tables
COMMENT ON TABLE acct IS 'built with CREATE INDEX CONCURRENTLY';
-- case concurrently-only-in-a-function-body
CREATE FUNCTION build() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE INDEX CONCURRENTLY acct_n ON acct (n)'; END $$;
-- case drop-index-concurrently-wrapped: fails-in-transaction
DROP INDEX CONCURRENTLY acct_state;
-- case drop-index-concurrently-if-exists-missing-wrapped: fails-in-transaction
DROP INDEX CONCURRENTLY IF EXISTS acct_nothing;
-- case create-index-concurrently-if-not-exists-existing-wrapped: fails-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS acct_state ON acct (state);
-- case reindex-concurrently-wrapped: fails-in-transaction
REINDEX INDEX CONCURRENTLY acct_state;
-- case reindex-option-concurrently-wrapped: fails-in-transaction
REINDEX (CONCURRENTLY) TABLE acct;
-- case reindex-schema-wrapped: fails-in-transaction
REINDEX SCHEMA public;
-- case detach-concurrently-wrapped: fails-in-transaction
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration
ALTER TABLE ev DETACH PARTITION ev_1 CONCURRENTLY;
-- case refresh-concurrently-wrapped
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct;
CREATE UNIQUE INDEX mv_id ON mv (id);
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
-- case vacuum-wrapped: fails-in-transaction
VACUUM acct;
-- case vacuum-full-wrapped: fails-in-transaction
VACUUM FULL acct;
-- case analyze-wrapped
ANALYZE acct;
-- case create-database-wrapped: fails-in-transaction
CREATE DATABASE reports;
-- case drop-database-if-exists-wrapped: fails-in-transaction
DROP DATABASE IF EXISTS nothing_of_the_kind;
-- case alter-system-wrapped: fails-in-transaction
ALTER SYSTEM SET work_mem = '8MB';
-- case create-tablespace-wrapped: fails-in-transaction
CREATE TABLESPACE fast LOCATION '/tmp';
-- case cluster-all-wrapped: fails-in-transaction
CLUSTER;
-- case discard-all-wrapped: fails-in-transaction
DISCARD ALL;
-- case savepoint-unwrapped: fails
-- migration unwrapped
SAVEPOINT a;
-- case release-savepoint-unwrapped: fails
-- migration unwrapped
RELEASE SAVEPOINT a;
-- case rollback-to-unwrapped: fails
-- migration unwrapped
ROLLBACK TO SAVEPOINT a;
-- case savepoint-wrapped
SAVEPOINT a;
CREATE TABLE note (id bigint);
RELEASE SAVEPOINT a;
-- case rollback-to-unknown-savepoint: fails
SAVEPOINT a;
ROLLBACK TO SAVEPOINT b;
-- case lock-table-unwrapped: fails
-- migration unwrapped
LOCK TABLE acct IN SHARE MODE;
-- case declare-cursor-unwrapped: fails
-- migration unwrapped
DECLARE c CURSOR FOR SELECT id FROM acct;
-- case set-local-unwrapped
-- migration unwrapped
SET LOCAL lock_timeout = '2s';
ALTER TABLE acct ADD COLUMN note text;
-- case commit-unwrapped
-- migration unwrapped
CREATE TABLE note (id bigint);
COMMIT;
-- case begin-twice
-- migration unwrapped
BEGIN;
BEGIN;
CREATE TABLE note (id bigint);
COMMIT;
-- case enum-value-alone
ALTER TYPE mood ADD VALUE 'glad';
-- case enum-value-used-as-default: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
ALTER TABLE face ALTER COLUMN m SET DEFAULT 'glad';
-- case enum-value-used-in-insert: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
INSERT INTO face (id, m) VALUES (5000, 'glad');
-- case enum-value-used-in-update: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
UPDATE face SET m = 'glad' WHERE id = 1;
-- case enum-value-used-in-filter: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
DELETE FROM face WHERE m = 'glad';
-- case enum-value-used-in-index-predicate: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
CREATE TABLE face2 (id bigint, m mood);
CREATE INDEX face2_glad ON face2 (id) WHERE m = 'glad';
-- case enum-value-used-in-check: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
CREATE TABLE face2 (id bigint, m mood CHECK (m <> 'glad'));
-- case enum-value-used-as-default-of-a-new-table: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
CREATE TABLE face2 (id bigint, m mood NOT NULL DEFAULT 'glad');
-- case enum-value-used-each-by-itself
-- migration unwrapped
ALTER TYPE mood ADD VALUE 'glad';
ALTER TABLE face ALTER COLUMN m SET DEFAULT 'glad';
-- case enum-value-used-after-commit
-- migration unwrapped
BEGIN;
ALTER TYPE mood ADD VALUE 'glad';
COMMIT;
ALTER TABLE face ALTER COLUMN m SET DEFAULT 'glad';
-- case enum-old-value-used
ALTER TYPE mood ADD VALUE 'glad';
ALTER TABLE face ALTER COLUMN m SET DEFAULT 'ok';
-- case enum-value-if-not-exists-and-it-does
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok';
ALTER TABLE face ALTER COLUMN m SET DEFAULT 'ok';
-- case enum-value-in-a-text-column
ALTER TYPE mood ADD VALUE 'glad';
UPDATE acct SET state = 'glad' WHERE id = 1;
-- case enum-type-made-here
CREATE TYPE tone AS ENUM ('low', 'high');
CREATE TABLE song (id bigint, t tone DEFAULT 'low');
-- case enum-type-made-here-and-extended: fails-in-transaction
-- migration pg=15
CREATE TYPE tone AS ENUM ('low');
ALTER TYPE tone ADD VALUE 'high';
CREATE TABLE song (id bigint, t tone DEFAULT 'high');
-- case enum-value-renamed-and-used: breaks-app
-- release none
-- migration
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
ALTER TABLE face ALTER COLUMN m SET DEFAULT 'blue';
-- case enum-value-used-in-function-body
ALTER TYPE mood ADD VALUE 'glad';
CREATE FUNCTION is_glad(m mood) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN m = 'glad'; END $$;
-- case rolled-back-table-used: fails
-- migration unwrapped
BEGIN;
CREATE TABLE note (id bigint);
ROLLBACK;
CREATE INDEX note_id ON note (id);
-- case rolled-back-to-savepoint-table-used: fails
SAVEPOINT a;
CREATE TABLE note (id bigint);
ROLLBACK TO a;
INSERT INTO note VALUES (1);
-- case rolled-back-drop
-- migration unwrapped
BEGIN;
DROP TABLE acct;
ROLLBACK;
-- case rolled-back-drop-to-savepoint
SAVEPOINT a;
DROP TABLE acct;
ROLLBACK TO SAVEPOINT a;
-- case create-subscription-without-slot-wrapped
CREATE SUBSCRIPTION s CONNECTION 'dbname=nothing' PUBLICATION p WITH (connect = false, enabled = false, slot_name = NONE);
-- case set-constraints-then-alter
-- history
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id) DEFERRABLE INITIALLY DEFERRED;
-- migration
UPDATE acct SET org_id = 7 WHERE id = 3;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE acct ADD COLUMN note text;
-- case transaction-control-in-do-wrapped: fails-in-transaction
DO $$ BEGIN UPDATE acct SET n = 1 WHERE id = 1; COMMIT; END $$;
-- case transaction-control-in-do-unwrapped
-- migration unwrapped
DO $$ BEGIN UPDATE acct SET n = 1 WHERE id = 1; COMMIT; END $$;
-- case prepare-transaction
-- migration unwrapped
BEGIN;
CREATE TABLE note (id bigint);
PREPARE TRANSACTION 'half';
ROLLBACK PREPARED 'half';
-- case commit-prepared-wrapped: fails-in-transaction
COMMIT PREPARED 'nothing';
