CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, g int GENERATED ALWAYS AS (id * 2) STORED, org_id bigint);
CREATE TABLE ev (id bigint, d date NOT NULL, org_id bigint) PARTITION BY RANGE (d);
CREATE TABLE ev_23 PARTITION OF ev FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TYPE mood AS ENUM ('sad', 'ok');
-- case not-null-constraint-unvalidated-18
-- migration pg=18
ALTER TABLE acct ADD CONSTRAINT acct_n NOT NULL n NOT VALID;
-- case not-null-constraint-18: blocks-reads blocks-writes long-scan
-- migration pg=18
ALTER TABLE acct ADD CONSTRAINT acct_n NOT NULL n;
-- case not-null-constraint-validated-18
-- history
ALTER TABLE acct ADD CONSTRAINT acct_n NOT NULL n NOT VALID;
-- migration pg=18
ALTER TABLE acct VALIDATE CONSTRAINT acct_n;
-- case set-not-null-over-an-unvalidated-one-18: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT acct_n NOT NULL n NOT VALID;
-- migration pg=18
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case set-not-null-over-a-check-18
-- history
ALTER TABLE acct ADD CONSTRAINT acct_n CHECK (n IS NOT NULL);
-- migration pg=18
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case virtual-not-null-18: blocks-reads blocks-writes long-scan
-- migration pg=18
ALTER TABLE acct ADD COLUMN v int GENERATED ALWAYS AS (n + 1) VIRTUAL NOT NULL;
-- case virtual-with-a-check-18: blocks-reads blocks-writes long-scan
-- migration pg=18
ALTER TABLE acct ADD COLUMN v int GENERATED ALWAYS AS (n + 1) VIRTUAL CHECK (v > 0);
-- case virtual-indexed-18: fails
-- history
ALTER TABLE acct ADD COLUMN v int GENERATED ALWAYS AS (n + 1) VIRTUAL;
-- migration pg=18
CREATE INDEX acct_v ON acct (v);
-- case virtual-expression-changed-18
-- history
ALTER TABLE acct ADD COLUMN v int GENERATED ALWAYS AS (n + 1) VIRTUAL;
-- migration pg=18
ALTER TABLE acct ALTER COLUMN v SET EXPRESSION AS (n + 2);
-- case virtual-that-calls-a-users-function-18: fails
-- history
CREATE FUNCTION inc(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i + 1';
-- migration pg=18
ALTER TABLE acct ADD COLUMN v int GENERATED ALWAYS AS (inc(n)) VIRTUAL;
-- case stored-expression-changed-17: blocks-reads blocks-writes table-rewrite
-- migration pg=17
ALTER TABLE acct ALTER COLUMN g SET EXPRESSION AS (id * 3);
-- case stored-expression-changed-15: fails
-- migration pg=15
ALTER TABLE acct ALTER COLUMN g SET EXPRESSION AS (id * 3);
-- case check-not-enforced-18
-- migration pg=18
ALTER TABLE acct ADD CONSTRAINT acct_n CHECK (n > 0) NOT ENFORCED;
-- case check-not-enforced-17: fails
-- migration pg=17
ALTER TABLE acct ADD CONSTRAINT acct_n CHECK (n > 0) NOT ENFORCED;
-- case key-not-enforced-18
-- migration pg=18
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id) NOT ENFORCED;
-- case key-becomes-enforced-18: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id) NOT ENFORCED;
-- migration pg=18
ALTER TABLE acct ALTER CONSTRAINT acct_org ENFORCED;
-- case key-unvalidated-on-partitioned-18
-- migration pg=18
ALTER TABLE ev ADD CONSTRAINT ev_org FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID;
-- case key-unvalidated-on-partitioned-17: fails
-- migration pg=17
ALTER TABLE ev ADD CONSTRAINT ev_org FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID;
-- case enum-made-and-extended-here-17
-- migration pg=17
CREATE TYPE size AS ENUM ('s');
ALTER TYPE size ADD VALUE 'm';
CREATE TABLE shirt (id bigint, s size DEFAULT 'm');
-- case enum-made-and-extended-here-14: fails-in-transaction
-- migration pg=14
CREATE TYPE size AS ENUM ('s');
ALTER TYPE size ADD VALUE 'm';
CREATE TABLE shirt (id bigint, s size DEFAULT 'm');
-- case security-invoker-14: fails
-- migration pg=14
CREATE VIEW names WITH (security_invoker = true) AS SELECT name FROM org;
-- case nulls-not-distinct-14: fails
-- migration pg=14
CREATE UNIQUE INDEX org_region ON org (region) NULLS NOT DISTINCT;
-- case publication-filter-14: fails
-- migration pg=14
CREATE PUBLICATION pub FOR TABLE org WHERE (id > 1);
-- case merge-14: fails
-- migration pg=14
MERGE INTO org USING acct ON org.id = acct.id WHEN MATCHED THEN UPDATE SET region = 'x';
-- case merge-returning-17
-- migration pg=17
MERGE INTO org USING (VALUES (1::bigint)) AS v (id) ON org.id = v.id WHEN MATCHED THEN UPDATE SET region = 'x' RETURNING org.id;
-- case merge-returning-15: fails
-- migration pg=15
MERGE INTO org USING (VALUES (1::bigint)) AS v (id) ON org.id = v.id WHEN MATCHED THEN UPDATE SET region = 'x' RETURNING org.id;
-- case grant-maintain-17
-- migration pg=17
GRANT MAINTAIN ON org TO PUBLIC;
-- case grant-maintain-15: fails
-- migration pg=15
GRANT MAINTAIN ON org TO PUBLIC;
-- case is-json-15: fails
-- migration pg=15
ALTER TABLE acct ADD CONSTRAINT acct_state CHECK (state IS JSON) NOT VALID;
-- case is-json-17
-- migration pg=17
ALTER TABLE acct ADD CONSTRAINT acct_state CHECK (state IS JSON) NOT VALID;
-- case access-method-default-15: fails
-- migration pg=15
ALTER TABLE acct SET ACCESS METHOD DEFAULT;
-- case access-method-14: fails
-- migration pg=14
ALTER TABLE acct SET ACCESS METHOD heap;
-- case storage-in-create-table-15: fails
-- migration pg=15
CREATE TABLE note (line text STORAGE EXTERNAL);
-- case storage-in-create-table-17
-- migration pg=17
CREATE TABLE note (line text STORAGE EXTERNAL);
-- case without-overlaps-17: fails
-- migration pg=17
CREATE TABLE stay (room int4range, at daterange, PRIMARY KEY (room, at WITHOUT OVERLAPS));
-- case without-overlaps-18
-- migration pg=18
CREATE TABLE stay (room int4range, at daterange, PRIMARY KEY (room, at WITHOUT OVERLAPS));
-- case unique-on-partitioned-hash-18: fails
-- migration pg=18
ALTER TABLE ev ADD CONSTRAINT ev_id UNIQUE (id);
-- case unlogged-partitioned-18: fails
-- migration pg=18
CREATE UNLOGGED TABLE hit (id bigint) PARTITION BY LIST (id);
-- case unlogged-partitioned-17
-- migration pg=17
CREATE UNLOGGED TABLE hit (id bigint) PARTITION BY LIST (id);
-- case exclusion-on-partitioned-15: fails
-- migration pg=15
ALTER TABLE ev ADD CONSTRAINT ev_x EXCLUDE USING btree (d WITH =, id WITH =);
-- case exclusion-on-partitioned-17: blocks-reads blocks-writes long-scan
-- migration pg=17
ALTER TABLE ev ADD CONSTRAINT ev_x EXCLUDE USING btree (d WITH =, id WITH =);
-- case identity-on-partitioned-15
-- migration pg=15
CREATE TABLE hit (id bigint GENERATED ALWAYS AS IDENTITY, d date) PARTITION BY RANGE (d);
-- case cluster-partitioned-14: fails
-- history
CREATE INDEX ev_d ON ev (d);
-- migration pg=14 unwrapped
CLUSTER ev USING ev_d;
-- case detach-concurrently-14: breaks-app
-- migration pg=14 unwrapped
ALTER TABLE ev DETACH PARTITION ev_23 CONCURRENTLY;
-- case uuidv7-17: fails
-- migration pg=17
ALTER TABLE acct ADD COLUMN u uuid DEFAULT uuidv7();
-- case uuidv7-18: blocks-reads blocks-writes table-rewrite
-- migration pg=18
ALTER TABLE acct ADD COLUMN u uuid DEFAULT uuidv7();
-- case domain-default-constant-18: blocks-reads blocks-writes table-rewrite
-- history
CREATE DOMAIN pos AS int CHECK (VALUE > 0);
-- migration pg=18
ALTER TABLE acct ADD COLUMN p pos DEFAULT 1;
-- case set-statistics-to-default-17
-- migration pg=17
ALTER TABLE acct ALTER COLUMN n SET STATISTICS DEFAULT;
-- case returning-old-17: fails
-- migration pg=17
UPDATE org SET region = 'x' WHERE id = 1 RETURNING old.region;
-- case returning-old-18
-- migration pg=18
UPDATE org SET region = 'x' WHERE id = 1 RETURNING old.region;
-- case only-analyze-18
-- migration pg=18
ANALYZE ONLY ev;
