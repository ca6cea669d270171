CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint);
CREATE INDEX acct_state ON acct (state);
CREATE TABLE pay (id bigint PRIMARY KEY, acct_id bigint, amount int, CONSTRAINT pay_acct FOREIGN KEY (acct_id) REFERENCES acct (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE fee (id bigint PRIMARY KEY, acct_id bigint REFERENCES acct (id), amount int);
CREATE TABLE ev (id bigint, d date NOT NULL, kind text) PARTITION BY RANGE (d);
CREATE TABLE ev_23 PARTITION OF ev FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE MATERIALIZED VIEW by_state AS SELECT state, count(*) FROM acct GROUP BY state;
CREATE TYPE mood AS ENUM ('sad', 'ok');
-- release 1.0
SELECT id, email, state, n, made, org_id FROM acct WHERE id = $1;
-- case pending-events-of-an-update: fails
UPDATE pay SET acct_id = id + 1 WHERE id < 10;
ALTER TABLE pay ADD COLUMN note text;
-- case pending-events-made-to-pass
UPDATE pay SET acct_id = id + 1 WHERE id < 10;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE pay ADD COLUMN note text;
-- case pending-events-each-by-itself
-- migration unwrapped
UPDATE pay SET acct_id = id + 1 WHERE id < 10;
ALTER TABLE pay ADD COLUMN note text;
-- case no-pending-events-of-another-column
UPDATE pay SET amount = 1 WHERE id < 10;
ALTER TABLE pay ADD COLUMN note text;
-- case no-pending-events-of-an-immediate-key
UPDATE fee SET acct_id = id + 1 WHERE id < 10;
ALTER TABLE fee ADD COLUMN note text;
-- case pending-events-of-an-insert: fails
INSERT INTO pay (id, acct_id) VALUES (9001, 7);
ALTER TABLE pay ALTER COLUMN amount SET DEFAULT 0;
-- case pending-events-of-an-insert-without-the-key: fails
INSERT INTO pay (id) VALUES (9001);
ALTER TABLE pay ALTER COLUMN amount SET DEFAULT 0;
-- case pending-events-and-an-index: fails
INSERT INTO pay (id, acct_id) VALUES (9001, 7);
CREATE INDEX pay_acct_id ON pay (acct_id);
-- case pending-events-and-a-truncate: fails
INSERT INTO pay (id, acct_id) VALUES (9001, 7);
TRUNCATE pay;
-- case pending-events-of-another-table
INSERT INTO pay (id, acct_id) VALUES (9001, 7);
ALTER TABLE org ADD COLUMN note text;
-- case pending-events-of-a-deferrable-key-set-deferred: fails
-- history
ALTER TABLE fee ALTER CONSTRAINT fee_acct_id_fkey DEFERRABLE;
-- migration
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO fee (id, acct_id) VALUES (9001, 7);
ALTER TABLE fee ADD COLUMN note text;
-- case pending-events-of-a-deferrable-key-left-immediate
-- history
ALTER TABLE fee ALTER CONSTRAINT fee_acct_id_fkey DEFERRABLE;
-- migration
INSERT INTO fee (id, acct_id) VALUES (9001, 7);
ALTER TABLE fee ADD COLUMN note text;
-- case scan-behind-a-change-of-the-table: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN note text;
SELECT count(*) FROM acct;
-- case scan-of-one-row-behind-a-change
ALTER TABLE acct ADD COLUMN note text;
SELECT email FROM acct WHERE id = 3;
-- case scan-of-another-table-behind-a-change: blocks-reads blocks-writes
ALTER TABLE acct ADD COLUMN note text;
SELECT count(*) FROM org WHERE region = 'x';
-- case copy-of-a-table-behind-its-change: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN note text;
CREATE TABLE acct_copy AS SELECT * FROM acct;
-- case copy-of-a-table-before-its-change
CREATE TABLE acct_copy AS SELECT * FROM acct;
ALTER TABLE acct ADD COLUMN note text;
-- case new-table-filled-from-its-parent: blocks-writes long-scan
CREATE TABLE badge (id bigint PRIMARY KEY, acct_id bigint REFERENCES acct (id));
INSERT INTO badge SELECT id, id FROM acct;
-- case new-table-filled-without-a-key
CREATE TABLE badge (id bigint PRIMARY KEY, acct_id bigint);
INSERT INTO badge SELECT id, id FROM acct;
-- case new-table-filled-and-its-key-added-afterwards: blocks-writes long-scan
-- migration unwrapped
CREATE TABLE badge (id bigint PRIMARY KEY, acct_id bigint);
INSERT INTO badge SELECT id, id FROM acct;
ALTER TABLE badge ADD CONSTRAINT badge_acct FOREIGN KEY (acct_id) REFERENCES acct (id);
-- case refresh-behind-a-change: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN note text;
REFRESH MATERIALIZED VIEW by_state;
-- case analyze-behind-a-change
ALTER TABLE acct ADD COLUMN note text;
ANALYZE org;
-- case new-materialized-view-behind-a-change: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN note text;
CREATE MATERIALIZED VIEW by_org AS SELECT org_id, count(*) FROM acct GROUP BY org_id;
-- case new-materialized-view-without-data-behind-a-change
ALTER TABLE acct ADD COLUMN note text;
CREATE MATERIALIZED VIEW by_org AS SELECT org_id, count(*) FROM acct GROUP BY org_id WITH NO DATA;
-- case lock-in-a-weak-mode-then-scan
LOCK TABLE acct IN ACCESS SHARE MODE;
SELECT count(*) FROM acct;
-- case lock-exclusive-then-scan: blocks-writes long-scan
LOCK TABLE acct IN EXCLUSIVE MODE NOWAIT;
SELECT count(*) FROM acct;
-- case lock-two-tables: blocks-reads blocks-writes
LOCK TABLE acct, org;
-- case index-on-an-emptied-table: destructive breaks-app blocks-reads blocks-writes
TRUNCATE acct CASCADE;
CREATE INDEX acct_n ON acct (n);
-- case not-null-on-an-emptied-table: destructive breaks-app blocks-reads blocks-writes
TRUNCATE acct CASCADE;
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case index-to-the-tablespace-it-is-in
ALTER INDEX acct_state SET TABLESPACE pg_default;
-- case index-renamed-and-given-a-parameter
ALTER INDEX acct_state SET (fillfactor = 80);
ALTER INDEX acct_state RENAME TO acct_state_idx;
-- case settings-that-are-no-work
ALTER TABLE acct SET WITHOUT CLUSTER;
ALTER TABLE acct ALTER COLUMN state SET COMPRESSION pglz;
ALTER TABLE acct ALTER COLUMN state SET (n_distinct = 5);
-- case key-dropped-and-added-anew: blocks-reads blocks-writes long-scan
ALTER TABLE fee DROP CONSTRAINT fee_acct_id_fkey, ADD CONSTRAINT fee_acct_id_fkey FOREIGN KEY (acct_id) REFERENCES acct (id) ON DELETE CASCADE;
-- case key-dropped-and-added-anew-without-validation
ALTER TABLE fee DROP CONSTRAINT fee_acct_id_fkey, ADD CONSTRAINT fee_acct_id_fkey FOREIGN KEY (acct_id) REFERENCES acct (id) ON DELETE CASCADE NOT VALID;
-- case added-unvalidated-and-validated-in-one-statement: blocks-writes long-scan
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID, VALIDATE CONSTRAINT acct_org;
-- case reindex-of-a-partitioned-table-wrapped: fails-in-transaction
REINDEX TABLE ev;
-- case cluster-of-a-partitioned-table-wrapped: fails-in-transaction
-- history
CREATE INDEX ev_d ON ev (d);
-- migration pg=15
CLUSTER ev USING ev_d;
-- case concurrently-on-a-temporary-table-wrapped: fails-in-transaction
CREATE TEMP TABLE scratch (id bigint);
CREATE INDEX CONCURRENTLY ON scratch (id);
-- case drop-subscription-that-is-missing-wrapped
DROP SUBSCRIPTION IF EXISTS nothing;
-- case new-value-in-a-do-block: fails-in-transaction
ALTER TYPE mood ADD VALUE 'glad';
DO $$ BEGIN PERFORM 'glad'::mood; END $$;
-- case new-value-added-by-a-do-block-and-used: fails-in-transaction
DO $$ BEGIN ALTER TYPE mood ADD VALUE 'glad'; END $$;
CREATE TABLE face (id bigint, m mood DEFAULT 'glad');
-- case new-value-only-named-in-text
ALTER TYPE mood ADD VALUE 'glad';
INSERT INTO org (id, name) VALUES (9001, 'glad');
-- case new-value-rolled-back-to-a-savepoint-and-used: fails
SAVEPOINT a;
ALTER TYPE mood ADD VALUE 'glad';
ROLLBACK TO a;
CREATE TABLE face (id bigint, m mood DEFAULT 'glad');
-- case savepoint-named-twice
SAVEPOINT a;
ALTER TABLE acct ADD COLUMN note text;
SAVEPOINT a;
RELEASE SAVEPOINT a;
ROLLBACK TO a;
RELEASE a;
-- case abort-undoes-all-but-not-the-wait: blocks-reads blocks-writes
-- migration unwrapped
BEGIN;
DROP TABLE acct CASCADE;
ABORT;
-- case rollback-and-chain-goes-on: fails-in-transaction
-- migration unwrapped
BEGIN;
ROLLBACK AND CHAIN;
CREATE INDEX CONCURRENTLY acct_n ON acct (n);
COMMIT;
-- case timeout-set-for-the-wrong-session
-- migration unwrapped
SET lock_timeout = '2s';
ALTER TABLE acct ADD COLUMN note text;
SET lock_timeout TO DEFAULT;
-- case new-partition-of-a-new-parent
CREATE TABLE hit (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE hit_rest PARTITION OF hit DEFAULT;
CREATE TABLE hit_23 PARTITION OF hit FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
-- case check-on-a-partitioned-parent: blocks-reads blocks-writes long-scan
ALTER TABLE ev ADD CONSTRAINT ev_kind CHECK (kind <> '');
-- case check-on-a-partitioned-parent-unvalidated
ALTER TABLE ev ADD CONSTRAINT ev_kind CHECK (kind <> '') NOT VALID;
-- case column-on-a-partitioned-parent
ALTER TABLE ev ADD COLUMN note text DEFAULT 'x';
-- case attach-a-new-partition
CREATE TABLE ev_24 (LIKE ev);
ALTER TABLE ev ATTACH PARTITION ev_24 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- case attach-with-a-check-that-says-too-little: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE ev_24 (id bigint, d date NOT NULL, kind text, CHECK (d >= '2023-01-01'));
-- rows
INSERT INTO ev_24 SELECT g, '2024-02-01', 'x' FROM generate_series(1, 500) g;
-- migration
ALTER TABLE ev ATTACH PARTITION ev_24 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- case attach-with-a-check-of-a-nullable-key: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE hit (id bigint, d date) PARTITION BY RANGE (d);
CREATE TABLE hit_24 (id bigint, d date, CHECK (d >= '2024-01-01' AND d < '2025-01-01'));
-- rows
INSERT INTO hit_24 SELECT g, '2024-02-01' FROM generate_series(1, 500) g;
-- migration
ALTER TABLE hit ATTACH PARTITION hit_24 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- case index-of-an-index-less-partition: blocks-writes long-scan
CREATE INDEX ev_kind ON ev (kind);
-- case primary-key-from-an-index-on-a-partitioned-parent: fails
-- history
CREATE UNIQUE INDEX ev_d_id ON ev (d, id);
-- migration
ALTER TABLE ev ADD PRIMARY KEY USING INDEX ev_d_id;
-- case not-null-proved-by-a-negation
-- history
ALTER TABLE acct ADD CONSTRAINT has_n CHECK (NOT (n IS NULL));
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case not-null-proved-by-a-row
-- history
ALTER TABLE acct ADD CONSTRAINT has_n CHECK ((n, state) IS NOT NULL);
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case not-null-of-a-domain-that-is-not-null: blocks-reads blocks-writes long-scan
-- history
CREATE DOMAIN present AS int NOT NULL;
CREATE TABLE d (id bigint PRIMARY KEY, s present);
-- migration
ALTER TABLE d ALTER COLUMN s SET NOT NULL;
-- case not-null-not-proved-by-a-check-without-heirs
-- history
ALTER TABLE acct ADD CONSTRAINT has_n CHECK (n IS NOT NULL) NO INHERIT;
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case not-null-proved-by-is-distinct
-- history
ALTER TABLE acct ADD CONSTRAINT has_n CHECK (n IS DISTINCT FROM NULL);
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case not-null-proved-in-another-spelling
-- history
ALTER TABLE acct ADD CONSTRAINT has_n CHECK (n NOTNULL);
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case not-null-of-two-columns-one-proved: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT has_n CHECK (n IS NOT NULL);
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL, ALTER COLUMN state SET NOT NULL;
-- case new-column-not-null-later-in-the-transaction: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN note text DEFAULT 'x';
ALTER TABLE acct ALTER COLUMN note SET NOT NULL;
-- case new-column-not-null-at-once
ALTER TABLE acct ADD COLUMN note text NOT NULL DEFAULT 'x';
-- case few-rows-by-a-unique-key-behind-a-change
-- history
CREATE TABLE job (id bigint PRIMARY KEY, name text UNIQUE);
-- rows
INSERT INTO job SELECT g, 'j' || g FROM generate_series(1, 20000) g;
-- migration
ALTER TABLE acct ADD COLUMN note text;
DELETE FROM job WHERE name IN ('a', 'b', 'c');
-- case trigger-made-again-if-it-is-there
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
DROP TRIGGER IF EXISTS acct_stamp ON acct;
CREATE TRIGGER acct_stamp BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
