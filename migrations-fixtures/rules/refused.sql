CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint REFERENCES org (id));
CREATE UNIQUE INDEX acct_email ON acct (email);
CREATE VIEW live AS SELECT id, email FROM acct WHERE state = 'live';
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
-- case drop-column-of-a-view: fails
ALTER TABLE acct DROP COLUMN email;
-- case drop-column-in-a-views-filter: fails
ALTER TABLE acct DROP COLUMN state;
-- case alter-type-of-a-view: fails
ALTER TABLE acct ALTER COLUMN email TYPE text;
-- case drop-table-with-a-view: fails
DROP TABLE acct;
-- case drop-referenced-table: fails
DROP TABLE org;
-- case drop-referenced-key: fails
ALTER TABLE org DROP CONSTRAINT org_pkey;
-- case drop-index-of-a-constraint: fails
DROP INDEX acct_pkey;
-- case drop-view-of-a-view: fails
-- history
CREATE VIEW recent AS SELECT id FROM live;
-- migration
DROP VIEW live;
-- case drop-function-of-a-default: fails
-- history
ALTER TABLE acct ALTER COLUMN n SET DEFAULT twice(2);
-- migration
DROP FUNCTION twice(int);
-- case drop-function-of-an-index: fails
-- history
CREATE INDEX acct_twice ON acct (twice(n));
-- migration
DROP FUNCTION twice(int);
-- case drop-function-of-a-trigger: fails
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER acct_stamp BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- migration
DROP FUNCTION stamp();
-- case drop-type-of-a-column: fails
-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TABLE acct ADD COLUMN m mood;
-- migration
DROP TYPE mood;
-- case drop-schema-with-a-table: fails
-- history
CREATE SCHEMA app;
CREATE TABLE app.note (id bigint);
-- migration
DROP SCHEMA app;
-- case drop-sequence-of-a-default: fails
-- history
CREATE SEQUENCE tick;
ALTER TABLE acct ALTER COLUMN n SET DEFAULT nextval('tick');
-- migration
DROP SEQUENCE tick;
-- case drop-sequence-of-an-identity: fails
-- history
CREATE TABLE k (id bigint GENERATED ALWAYS AS IDENTITY);
-- migration
DROP SEQUENCE k_id_seq;
-- case drop-column-generated-from: fails
-- history
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
-- migration pg=15
ALTER TABLE g DROP COLUMN a;
-- case alter-type-generated-from: fails
-- history
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
-- migration
ALTER TABLE g ALTER COLUMN a TYPE bigint;
-- case alter-type-of-partition-key: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration
ALTER TABLE ev ALTER COLUMN d TYPE timestamp;
-- case drop-partition-key: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration
ALTER TABLE ev DROP COLUMN d;
-- case alter-type-of-a-policy: fails
-- history
CREATE POLICY own ON acct USING (n > 3);
-- migration
ALTER TABLE acct ALTER COLUMN n TYPE bigint;
-- case alter-type-of-a-trigger-column: fails
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER acct_stamp BEFORE UPDATE OF n ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- migration
ALTER TABLE acct ALTER COLUMN n TYPE bigint;
-- case alter-type-without-cast: fails
ALTER TABLE acct ALTER COLUMN region TYPE int;
-- case alter-type-needs-using: fails
ALTER TABLE org ALTER COLUMN region TYPE int;
-- case alter-type-default-cannot-be-cast: fails
-- history
CREATE TABLE k (id bigint, v text DEFAULT 'x');
-- rows
INSERT INTO k VALUES (1, '1');
-- migration
ALTER TABLE k ALTER COLUMN v TYPE int USING v::int;
-- case replace-view-without-a-column: fails
CREATE OR REPLACE VIEW live AS SELECT id FROM acct WHERE state = 'live';
-- case replace-view-with-another-name: fails
CREATE OR REPLACE VIEW live AS SELECT id, email AS mail FROM acct WHERE state = 'live';
-- case replace-view-with-another-type: fails
CREATE OR REPLACE VIEW live AS SELECT id, n AS email FROM acct WHERE state = 'live';
-- case replace-view-in-another-order: fails
CREATE OR REPLACE VIEW live AS SELECT email, id FROM acct WHERE state = 'live';
-- case replace-view-with-one-more
CREATE OR REPLACE VIEW live AS SELECT id, email, n FROM acct WHERE state = 'live';
-- case replace-table-by-view: fails
CREATE OR REPLACE VIEW acct AS SELECT 1 AS id;
-- case replace-function-other-return-type: fails
CREATE OR REPLACE FUNCTION twice(i int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT i * 2::bigint';
-- case replace-function-default-removed: fails
-- history
CREATE FUNCTION thrice(i int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT i * 3';
-- migration
CREATE OR REPLACE FUNCTION thrice(i int) RETURNS int LANGUAGE sql AS 'SELECT i * 3';
-- case replace-function-same
CREATE OR REPLACE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i + i';
-- case replace-function-by-procedure: fails
CREATE OR REPLACE PROCEDURE twice(i int) LANGUAGE sql AS 'SELECT 1';
-- case create-function-that-exists: fails
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- case concurrently-on-partitioned: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration unwrapped
CREATE INDEX CONCURRENTLY ev_id ON ev (id);
-- case drop-concurrently-of-partitioned-index: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE INDEX ev_id ON ev (id);
-- migration unwrapped
DROP INDEX CONCURRENTLY ev_id;
-- case drop-index-of-a-partitioned-index: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
CREATE INDEX ev_id ON ev (id);
-- migration
DROP INDEX ev_1_id_idx;
-- case unique-on-partitioned-without-key: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration
ALTER TABLE ev ADD PRIMARY KEY (id);
-- case foreign-key-not-valid-on-partitioned: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration pg=15
ALTER TABLE ev ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES org NOT VALID;
-- case foreign-key-to-what-is-not-unique: fails
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (state) REFERENCES org (region);
-- case foreign-key-to-partial-unique-index: fails
-- history
CREATE UNIQUE INDEX org_region ON org (region) WHERE region IS NOT NULL;
-- migration
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (state) REFERENCES org (region) NOT VALID;
-- case foreign-key-of-incomparable-types: fails
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (state) REFERENCES org (id) NOT VALID;
-- case foreign-key-number-of-columns: fails
ALTER TABLE acct ADD CONSTRAINT f FOREIGN KEY (org_id, n) REFERENCES org (id) NOT VALID;
-- case using-partial-index: fails
-- history
CREATE UNIQUE INDEX acct_n ON acct (n) WHERE n > 0;
-- migration
ALTER TABLE acct ADD CONSTRAINT acct_n UNIQUE USING INDEX acct_n;
-- case using-expression-index: fails
-- history
CREATE UNIQUE INDEX acct_low ON acct (lower(email));
-- migration
ALTER TABLE acct ADD CONSTRAINT acct_low UNIQUE USING INDEX acct_low;
-- case using-plain-index: fails
-- history
CREATE INDEX acct_n ON acct (n);
-- migration
ALTER TABLE acct ADD CONSTRAINT acct_n UNIQUE USING INDEX acct_n;
-- case using-descending-index: fails
-- history
CREATE UNIQUE INDEX acct_n ON acct (n DESC);
-- migration
ALTER TABLE acct ADD CONSTRAINT acct_n UNIQUE USING INDEX acct_n;
-- case using-index-of-another-table: fails
-- history
CREATE UNIQUE INDEX org_region ON org (region);
-- migration
ALTER TABLE acct ADD CONSTRAINT x UNIQUE USING INDEX org_region;
-- case second-primary-key: fails
ALTER TABLE acct ADD PRIMARY KEY (email);
-- case constraint-name-taken: fails
ALTER TABLE acct ADD CONSTRAINT acct_pkey CHECK (n > 0) NOT VALID;
-- case index-name-taken: fails
CREATE INDEX acct_email ON org (name);
-- case table-name-taken: fails
CREATE TABLE live (id bigint);
-- case table-if-not-exists
CREATE TABLE IF NOT EXISTS acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint);
-- case column-exists: fails
ALTER TABLE acct ADD COLUMN n int;
-- case column-if-not-exists
ALTER TABLE acct ADD COLUMN IF NOT EXISTS n int;
-- case column-missing: fails
ALTER TABLE acct ALTER COLUMN nothing SET DEFAULT 1;
-- case column-drop-if-exists-missing
ALTER TABLE acct DROP COLUMN IF EXISTS nothing;
-- case rename-missing-column: fails
ALTER TABLE acct RENAME COLUMN nothing TO something;
-- case rename-onto-existing: fails
ALTER TABLE acct RENAME COLUMN n TO email;
-- case table-missing: fails
ALTER TABLE nothing ADD COLUMN a int;
-- case table-of-another-case: fails
ALTER TABLE "Acct" ADD COLUMN a int;
-- case schema-missing: fails
CREATE TABLE nowhere.note (id bigint);
-- case type-missing: fails
ALTER TABLE acct ADD COLUMN p nothing;
-- case trigger-function-missing: fails
CREATE TRIGGER t BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION nothing();
-- case trigger-function-of-another-kind: fails
CREATE TRIGGER t BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION twice();
-- case index-on-missing-column: fails
CREATE INDEX acct_nothing ON acct (nothing);
-- case index-on-view: fails
CREATE INDEX live_id ON live (id);
-- case index-on-volatile: fails
CREATE INDEX acct_now ON acct ((now()));
-- case index-on-json: fails
-- history
CREATE TABLE bag (id bigint, doc json);
-- migration
CREATE INDEX bag_doc ON bag (doc);
-- case required-column: fails
-- release 1.0
SELECT id FROM acct;
-- migration
ALTER TABLE acct ADD COLUMN kind text NOT NULL;
-- case required-column-of-an-empty-new-table
CREATE TABLE note (id bigint);
ALTER TABLE note ADD COLUMN kind text NOT NULL;
-- case comment-on-missing: fails
COMMENT ON COLUMN acct.nothing IS 'x';
-- case validate-missing: fails
ALTER TABLE acct VALIDATE CONSTRAINT nothing;
-- case drop-constraint-missing: fails
ALTER TABLE acct DROP CONSTRAINT nothing;
-- case drop-constraint-if-exists-missing
ALTER TABLE acct DROP CONSTRAINT IF EXISTS nothing;
-- case drop-not-null-of-primary-key: fails
ALTER TABLE acct ALTER COLUMN id DROP NOT NULL;
-- case identity-on-nullable: fails
ALTER TABLE acct ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY;
-- case identity-over-default: fails
-- history
ALTER TABLE acct ALTER COLUMN id SET DEFAULT 5;
-- migration
ALTER TABLE acct ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
-- case drop-identity-of-none: fails
ALTER TABLE acct ALTER COLUMN n DROP IDENTITY;
-- case enum-value-exists: fails
-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
-- migration
ALTER TYPE mood ADD VALUE 'ok';
-- case enum-before-missing: fails
-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
-- migration
ALTER TYPE mood ADD VALUE 'glad' BEFORE 'mad';
-- case overlapping-partition: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2030-01-01') TO ('2040-01-01');
-- case partition-empty-range: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2030-01-01') TO ('2030-01-01');
-- case second-default-partition: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
-- migration
CREATE TABLE ev_other PARTITION OF ev DEFAULT;
-- case attach-with-other-columns: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 (id bigint, d date NOT NULL, extra text);
-- migration
ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- case attach-with-other-type: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 (id int, d date NOT NULL);
-- migration
ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- case detach-concurrently-beside-default: fails
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
-- migration unwrapped
ALTER TABLE ev DETACH PARTITION ev_1 CONCURRENTLY;
-- case refresh-concurrently-without-unique-index: fails
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct;
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
-- case refresh-concurrently-with-partial-unique-index: fails
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct;
CREATE UNIQUE INDEX mv_id ON mv (id) WHERE id > 0;
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
-- case refresh-concurrently-of-unfilled: fails
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct WITH NO DATA;
CREATE UNIQUE INDEX mv_id ON mv (id);
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
-- case insert-into-generated: fails
-- history
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
-- migration
INSERT INTO g (a, b) VALUES (1, 2);
-- case insert-into-identity-always: fails
-- history
CREATE TABLE k (id bigint GENERATED ALWAYS AS IDENTITY, v text);
-- migration
INSERT INTO k (id, v) VALUES (1, 'x');
-- case insert-missing-column: fails
INSERT INTO org (id, name, nothing) VALUES (5000, 'x', 1);
-- case update-missing-table: fails
UPDATE nothing SET a = 1;
-- case insert-null-into-not-null: fails
INSERT INTO org (id, name) VALUES (5000, NULL);
-- case insert-too-many-values: fails
INSERT INTO org (id, name) VALUES (5000, 'x', 'y');
-- case on-conflict-without-unique: fails
INSERT INTO org (id, name, region) VALUES (5000, 'x', 'y') ON CONFLICT (region) DO NOTHING;
-- case grant-on-missing: fails
GRANT SELECT ON nothing TO PUBLIC;
-- case nulls-not-distinct-before-15: fails
-- migration pg=14
CREATE UNIQUE INDEX org_region ON org (region) NULLS NOT DISTINCT;
-- case merge-before-15: fails
-- migration pg=14
MERGE INTO org o USING acct a ON o.id = a.org_id WHEN MATCHED THEN DO NOTHING;
-- case virtual-column-before-18: fails
-- migration pg=17
ALTER TABLE acct ADD COLUMN double int GENERATED ALWAYS AS (n * 2) VIRTUAL;
-- case not-null-constraint-before-18: fails
-- migration pg=17
ALTER TABLE org ADD CONSTRAINT region_there NOT NULL region NOT VALID;
-- case syntax-error: fails
ALTER TABEL acct ADD COLUMN a int;
-- case syntax-error-inside: fails
ALTER TABLE acct ADD COLUMN a int DEFUALT 3;
-- case trailing-comma: fails
CREATE TABLE note (id bigint, body text,);
-- case missing-comma: fails
CREATE TABLE note (id bigint body text);
-- case duplicate-column: fails
CREATE TABLE note (id bigint, body text, body text);
-- case add-check-with-subquery: fails
ALTER TABLE acct ADD CONSTRAINT c CHECK (n IN (SELECT 1)) NOT VALID;
-- case default-refers-to-column: fails
ALTER TABLE acct ADD COLUMN k int DEFAULT (n + 1);
-- case cluster-without-index: fails
CLUSTER org;
-- case drop-view-as-table: fails
DROP TABLE live;
-- case drop-table-as-view: fails
DROP VIEW org;
-- case alter-view-as-table-rename
-- release 1.0
SELECT id FROM org;
-- migration
ALTER TABLE live RENAME TO alive;
-- case generated-from-generated: fails
-- history
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
-- migration
ALTER TABLE g ADD COLUMN c int GENERATED ALWAYS AS (b + 1) STORED;
-- case generated-from-volatile: fails
ALTER TABLE acct ADD COLUMN c timestamptz GENERATED ALWAYS AS (now()) STORED;
-- case inherit-without-column: fails
-- history
CREATE TABLE base (id bigint NOT NULL, extra text);
-- migration
ALTER TABLE acct INHERIT base;
-- case not-valid-on-unique: fails
ALTER TABLE acct ADD CONSTRAINT u UNIQUE (n) NOT VALID;
-- case drop-column-cascade-takes-the-view: destructive
-- release 1.0
SELECT id FROM org;
-- migration
ALTER TABLE acct DROP COLUMN email CASCADE;
-- case persistence-set-twice: fails
ALTER TABLE acct SET UNLOGGED, SET LOGGED;
