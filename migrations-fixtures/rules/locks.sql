CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80) NOT NULL, state text, n int, made timestamp, org_id bigint);
CREATE INDEX acct_state ON acct (state);
-- release 1.0
-- name: get_acct
SELECT id, email, state, n, made, org_id FROM acct WHERE id = $1;
-- name: add_acct
INSERT INTO acct (id, email, state, n, made, org_id) VALUES ($1, $2, $3, $4, $5, $6);
-- name: get_org
SELECT id, name, region FROM org WHERE id = $1;
-- case index-plain: blocks-writes long-scan
CREATE INDEX acct_email ON acct (email);
-- case index-plain-lower: blocks-writes long-scan
CREATE INDEX acct_email ON acct (lower(email));
-- case index-partial-still-scans: blocks-writes long-scan
CREATE INDEX acct_email ON acct (email) WHERE state = 'live';
-- case index-gin-plain: blocks-writes long-scan
CREATE INDEX acct_words ON acct USING gin (to_tsvector('simple', state));
-- case index-hash-plain: blocks-writes long-scan
CREATE INDEX acct_email_hash ON acct USING hash (email);
-- case index-brin-plain: blocks-writes long-scan
CREATE INDEX acct_made_brin ON acct USING brin (made);
-- case index-concurrently
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_email ON acct (email);
-- case index-concurrently-unique
-- migration unwrapped
CREATE UNIQUE INDEX CONCURRENTLY acct_email ON acct (email);
-- case index-if-not-exists-and-it-exists
CREATE INDEX IF NOT EXISTS acct_state ON acct (state);
-- case index-if-not-exists-same-name-other-table
CREATE INDEX IF NOT EXISTS acct_state ON org (region);
-- case index-if-not-exists-new: blocks-writes long-scan
CREATE INDEX IF NOT EXISTS acct_n ON acct (n);
-- case index-on-new-table
CREATE TABLE note (id bigint PRIMARY KEY, body text);
CREATE INDEX note_body ON note (body);
-- case index-on-new-table-schema-prefix
CREATE TABLE note (id bigint PRIMARY KEY, body text);
CREATE INDEX note_body ON public.note (body);
-- case index-on-new-table-created-with-prefix
CREATE TABLE public.note (id bigint PRIMARY KEY, body text);
CREATE INDEX note_body ON note (body);
-- case index-on-new-table-after-rename
CREATE TABLE note (id bigint PRIMARY KEY, body text);
ALTER TABLE note RENAME TO memo;
CREATE INDEX memo_body ON memo (body);
-- case index-on-new-table-quoted
CREATE TABLE "Note" (id bigint PRIMARY KEY, body text);
CREATE INDEX note_body ON "public"."Note" (body);
-- case index-on-new-table-through-search-path
CREATE SCHEMA app;
CREATE TABLE app.note (id bigint PRIMARY KEY, body text);
SET search_path = app, public;
CREATE INDEX note_body ON note (body);
-- case index-on-new-table-moved-schema
CREATE SCHEMA app;
CREATE TABLE note (id bigint PRIMARY KEY, body text);
ALTER TABLE note SET SCHEMA app;
CREATE INDEX note_body ON app.note (body);
-- case index-on-table-that-took-the-old-name
-- release 1.0
SELECT id, name FROM org WHERE id = $1;
-- migration
CREATE TABLE acct_new (LIKE acct INCLUDING ALL);
ALTER TABLE acct RENAME TO acct_old;
ALTER TABLE acct_new RENAME TO acct;
CREATE INDEX acct_made ON acct (made);
-- case index-on-renamed-old-table: breaks-app blocks-reads blocks-writes long-scan
ALTER TABLE acct RENAME TO account;
CREATE INDEX account_made ON account (made);
-- case index-on-like-copy
CREATE TABLE acct_copy (LIKE acct);
CREATE INDEX acct_copy_n ON acct_copy (n);
-- case index-on-ctas-if-not-exists
CREATE TABLE IF NOT EXISTS snap AS SELECT id FROM org;
CREATE INDEX snap_id ON snap (id);
-- case index-on-ctas-if-not-exists-that-exists: blocks-writes long-scan
CREATE TABLE IF NOT EXISTS acct AS SELECT 1 AS id;
CREATE INDEX acct_n ON acct (n);
-- case index-on-new-partition
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX ev_1_id ON ev_1 (id);
-- case index-on-only-parent
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration
CREATE INDEX ev_id ON ONLY ev (id);
-- case index-on-partitioned-with-rows: blocks-writes long-scan
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration
CREATE INDEX ev_id ON ev (id);
-- case index-attach
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
CREATE INDEX ev_id ON ONLY ev (id);
CREATE INDEX ev_1_id ON ev_1 (id);
-- migration
ALTER INDEX ev_id ATTACH PARTITION ev_1_id;
-- case index-on-partitioned-without-partitions
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration
CREATE INDEX ev_id ON ev (id);
-- case index-on-empty-matview
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct WITH NO DATA;
-- migration
CREATE UNIQUE INDEX mv_id ON mv (id);
-- case index-on-new-matview
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct;
CREATE UNIQUE INDEX mv_id ON mv (id);
-- case index-on-temp-table
CREATE TEMP TABLE scratch AS SELECT id, state FROM acct;
CREATE INDEX ON scratch (id);
-- case index-on-select-into
SELECT id, state INTO scratch FROM acct;
CREATE INDEX scratch_id ON scratch (id);
-- case index-after-drop-and-create-anew: destructive
-- release 1.0
SELECT id, name FROM org WHERE id = $1;
-- migration
DROP TABLE acct;
CREATE TABLE acct (id bigint PRIMARY KEY, email text);
CREATE INDEX acct_email ON acct (email);
-- case drop-index-plain
DROP INDEX acct_state;
-- case drop-index-concurrently
-- migration unwrapped
DROP INDEX CONCURRENTLY acct_state;
-- case drop-index-if-exists-missing
DROP INDEX IF EXISTS acct_nothing;
-- case drop-index-then-create-in-one-transaction: blocks-reads blocks-writes long-scan
DROP INDEX acct_state;
CREATE INDEX acct_state ON acct (state, n);
-- case drop-index-then-create-on-another-table: blocks-reads blocks-writes long-scan
DROP INDEX acct_state;
CREATE INDEX org_region ON org (region);
-- case drop-index-then-create-each-by-itself: blocks-writes long-scan
-- migration unwrapped
DROP INDEX acct_state;
CREATE INDEX acct_state ON acct (state, n);
-- case drop-index-then-update-other-table: blocks-reads blocks-writes
DROP INDEX acct_state;
UPDATE org SET region = 'eu' WHERE region IS NULL;
-- case lock-table-then-scan: blocks-reads blocks-writes long-scan
LOCK TABLE acct IN ACCESS EXCLUSIVE MODE;
UPDATE acct SET n = n + 1 WHERE n >= 0;
-- case lock-table-share-then-scan: blocks-writes long-scan
LOCK TABLE acct IN SHARE MODE;
CREATE TABLE acct_copy AS SELECT * FROM acct;
-- case lock-table-row-exclusive-then-scan
LOCK TABLE acct IN ROW EXCLUSIVE MODE;
CREATE TABLE acct_copy AS SELECT id FROM acct;
-- case lock-table-alone
LOCK TABLE acct IN SHARE ROW EXCLUSIVE MODE;
-- case lock-table-then-validate: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0) NOT VALID;
-- migration
LOCK TABLE acct;
ALTER TABLE acct VALIDATE CONSTRAINT n_pos;
-- case validate-alone
-- history
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0) NOT VALID;
-- migration
ALTER TABLE acct VALIDATE CONSTRAINT n_pos;
-- case validate-foreign-key-alone
-- history
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID;
-- migration
ALTER TABLE acct VALIDATE CONSTRAINT acct_org;
-- case validate-after-other-change-of-the-table: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0) NOT VALID;
-- migration
ALTER TABLE acct ADD COLUMN note text;
ALTER TABLE acct VALIDATE CONSTRAINT n_pos;
-- case validate-after-other-change-each-by-itself
-- history
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0) NOT VALID;
-- migration unwrapped
ALTER TABLE acct ADD COLUMN note text;
ALTER TABLE acct VALIDATE CONSTRAINT n_pos;
-- case validate-in-the-transaction-that-added-it: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0) NOT VALID;
ALTER TABLE acct VALIDATE CONSTRAINT n_pos;
-- case validate-in-its-own-begin-commit
-- migration unwrapped
BEGIN;
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE acct VALIDATE CONSTRAINT n_pos;
COMMIT;
-- case validate-foreign-key-in-the-transaction-that-added-it: blocks-writes long-scan
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID;
ALTER TABLE acct VALIDATE CONSTRAINT acct_org;
-- case validate-already-valid
-- history
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0);
-- migration
ALTER TABLE acct ADD COLUMN note text;
ALTER TABLE acct VALIDATE CONSTRAINT n_pos;
-- case foreign-key-plain: blocks-writes long-scan
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id);
-- case foreign-key-not-valid
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id) NOT VALID;
-- case foreign-key-on-new-table
CREATE TABLE note (id bigint PRIMARY KEY, acct_id bigint);
ALTER TABLE note ADD CONSTRAINT note_acct FOREIGN KEY (acct_id) REFERENCES acct (id);
-- case foreign-key-inside-create-table
CREATE TABLE note (id bigint PRIMARY KEY, acct_id bigint REFERENCES acct (id));
-- case foreign-key-on-new-nullable-column
ALTER TABLE acct ADD COLUMN boss_id bigint REFERENCES acct (id);
-- case foreign-key-on-new-defaulted-column: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN home_id bigint DEFAULT 1 REFERENCES org (id);
-- case foreign-key-to-itself: blocks-writes long-scan
ALTER TABLE acct ADD CONSTRAINT acct_boss FOREIGN KEY (org_id) REFERENCES acct (id);
-- case foreign-key-from-new-table-to-new-table
CREATE TABLE a (id bigint PRIMARY KEY);
CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a);
-- case drop-foreign-key
-- history
ALTER TABLE acct ADD CONSTRAINT acct_org FOREIGN KEY (org_id) REFERENCES org (id);
-- migration
ALTER TABLE acct DROP CONSTRAINT acct_org;
-- case check-plain: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0);
-- case check-not-valid
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0) NOT VALID;
-- case check-without-name: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD CHECK (n >= 0);
-- case check-on-new-column: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN score int CHECK (score >= 0);
-- case check-on-new-column-as-second-action: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN score int, ADD CONSTRAINT score_pos CHECK (score >= 0);
-- case check-on-new-table
CREATE TABLE note (id bigint PRIMARY KEY, n int);
ALTER TABLE note ADD CONSTRAINT n_pos CHECK (n >= 0);
-- case check-on-empty-partitioned-table
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
-- migration
ALTER TABLE ev ADD CONSTRAINT id_pos CHECK (id > 0);
-- case unique-plain: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD CONSTRAINT acct_email_key UNIQUE (email);
-- case unique-using-index
-- history
CREATE UNIQUE INDEX acct_email_key ON acct (email);
-- migration
ALTER TABLE acct ADD CONSTRAINT acct_email_key UNIQUE USING INDEX acct_email_key;
-- case unique-on-new-column: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN slug text UNIQUE;
-- case primary-key-plain: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE k (a bigint NOT NULL, b text);
-- migration
ALTER TABLE k ADD PRIMARY KEY (a);
-- case primary-key-using-index-of-nullable: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE k (a bigint, b text);
CREATE UNIQUE INDEX k_a ON k (a);
-- migration
ALTER TABLE k ADD CONSTRAINT k_pkey PRIMARY KEY USING INDEX k_a;
-- case primary-key-using-index-of-not-null
-- history
CREATE TABLE k (a bigint NOT NULL, b text);
CREATE UNIQUE INDEX k_a ON k (a);
-- migration
ALTER TABLE k ADD CONSTRAINT k_pkey PRIMARY KEY USING INDEX k_a;
-- case primary-key-using-index-proved-by-check
-- history
CREATE TABLE k (a bigint, b text);
CREATE UNIQUE INDEX k_a ON k (a);
ALTER TABLE k ADD CONSTRAINT a_there CHECK (a IS NOT NULL);
-- migration
ALTER TABLE k ADD CONSTRAINT k_pkey PRIMARY KEY USING INDEX k_a;
-- case exclude: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE booking (room int, during tsrange);
-- rows
INSERT INTO booking SELECT i, tsrange('2024-01-01'::timestamp + i * interval '1 day', '2024-01-01'::timestamp + i * interval '1 day' + interval '1 hour') FROM generate_series(1, 900) i;
-- release none
-- migration
ALTER TABLE booking ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&);
-- case set-not-null-plain: blocks-reads blocks-writes long-scan
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
-- case set-not-null-proved-by-check
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (state IS NOT NULL);
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
-- case set-not-null-proved-by-conjunct
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (n >= 0 AND state IS NOT NULL);
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
-- case set-not-null-proved-by-nested-conjunct
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK ((n >= 0 AND (state IS NOT NULL AND made IS NOT NULL)));
-- migration
ALTER TABLE acct ALTER COLUMN made SET NOT NULL;
-- case set-not-null-not-proved-by-disjunct: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (state IS NOT NULL OR n IS NULL);
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
-- case set-not-null-not-proved-by-comparison: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT n_pos CHECK (n >= 0);
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case set-not-null-not-proved-by-unvalidated: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (state IS NOT NULL) NOT VALID;
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
-- case set-not-null-check-validated-just-before
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (state IS NOT NULL) NOT VALID;
-- migration unwrapped
ALTER TABLE acct VALIDATE CONSTRAINT state_there;
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
ALTER TABLE acct DROP CONSTRAINT state_there;
-- case set-not-null-check-validated-in-the-same-transaction
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (state IS NOT NULL) NOT VALID;
-- migration
ALTER TABLE acct VALIDATE CONSTRAINT state_there;
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
ALTER TABLE acct DROP CONSTRAINT state_there;
-- case set-not-null-check-dropped-before: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (state IS NOT NULL);
-- migration
ALTER TABLE acct DROP CONSTRAINT state_there;
ALTER TABLE acct ALTER COLUMN state SET NOT NULL;
-- case set-not-null-check-of-another-column: blocks-reads blocks-writes long-scan
-- history
ALTER TABLE acct ADD CONSTRAINT state_there CHECK (state IS NOT NULL);
-- migration
ALTER TABLE acct ALTER COLUMN n SET NOT NULL;
-- case set-not-null-already
ALTER TABLE acct ALTER COLUMN email SET NOT NULL;
-- case set-not-null-primary-key
ALTER TABLE acct ALTER COLUMN id SET NOT NULL;
-- case set-not-null-proved-two-columns
-- history
ALTER TABLE acct ADD CONSTRAINT both_there CHECK (state IS NOT NULL AND n IS NOT NULL);
-- migration
ALTER TABLE acct ALTER COLUMN state SET NOT NULL, ALTER COLUMN n SET NOT NULL;
-- case set-not-null-proved-through-renamed-column
-- history
ALTER TABLE acct ADD COLUMN kind text;
UPDATE acct SET kind = 'x';
ALTER TABLE acct ADD CONSTRAINT kind_there CHECK (kind IS NOT NULL);
ALTER TABLE acct RENAME COLUMN kind TO sort;
-- migration
ALTER TABLE acct ALTER COLUMN sort SET NOT NULL;
-- case set-not-null-on-empty-new-table
CREATE TABLE note (id bigint, body text);
ALTER TABLE note ALTER COLUMN body SET NOT NULL;
-- case set-not-null-on-partitioned-parent: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration
ALTER TABLE ev ALTER COLUMN id SET NOT NULL;
-- case drop-not-null
ALTER TABLE acct ALTER COLUMN email DROP NOT NULL;
-- case cluster: blocks-reads blocks-writes table-rewrite
CLUSTER acct USING acct_pkey;
-- case cluster-on-only
ALTER TABLE acct CLUSTER ON acct_pkey;
-- case vacuum-full: blocks-reads blocks-writes table-rewrite
-- migration unwrapped
VACUUM FULL acct;
-- case vacuum
-- migration unwrapped
VACUUM (ANALYZE) acct;
-- case analyze
ANALYZE acct;
-- case reindex-index: blocks-reads blocks-writes long-scan
REINDEX INDEX acct_state;
-- case reindex-table: blocks-reads blocks-writes long-scan
REINDEX TABLE acct;
-- case reindex-concurrently
-- migration unwrapped
REINDEX INDEX CONCURRENTLY acct_state;
-- case reindex-table-concurrently
-- migration unwrapped
REINDEX TABLE CONCURRENTLY acct;
-- case refresh-plain: blocks-reads
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct;
-- migration
REFRESH MATERIALIZED VIEW mv;
-- case refresh-concurrently
-- history
CREATE MATERIALIZED VIEW mv AS SELECT id, state FROM acct;
CREATE UNIQUE INDEX mv_id ON mv (id);
-- migration
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
-- case partition-new-without-default
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2035-01-01') TO ('2036-01-01');
-- case partition-new-beside-default: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
-- migration
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2035-01-01') TO ('2036-01-01');
-- case partition-new-beside-default-with-check
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
ALTER TABLE ev_rest ADD CONSTRAINT old CHECK (d < '2035-01-01');
-- migration
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2035-01-01') TO ('2036-01-01');
-- case partition-attach-without-check: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 (id bigint, d date NOT NULL);
-- migration
ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- case partition-attach-with-check
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 (id bigint, d date NOT NULL, CONSTRAINT b CHECK (d >= '2020-01-01' AND d < '2035-01-01'));
-- migration
ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- case partition-attach-with-check-but-default: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
CREATE TABLE ev_1 (id bigint, d date NOT NULL, CONSTRAINT b CHECK (d >= '2035-01-01' AND d < '2036-01-01'));
-- rows
INSERT INTO ev SELECT i, '2024-01-01' FROM generate_series(1, 900) i;
-- migration
ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM ('2035-01-01') TO ('2036-01-01');
-- case partition-attach-list: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE ev (id bigint, kind text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE ev_x (id bigint, kind text NOT NULL);
-- rows
INSERT INTO ev_x SELECT i, 'x' FROM generate_series(1, 900) i;
-- migration
ALTER TABLE ev ATTACH PARTITION ev_x FOR VALUES IN ('x');
-- case partition-attach-list-with-check
-- history
CREATE TABLE ev (id bigint, kind text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE ev_x (id bigint, kind text NOT NULL CHECK (kind = 'x'));
-- rows
INSERT INTO ev_x SELECT i, 'x' FROM generate_series(1, 900) i;
-- migration
ALTER TABLE ev ATTACH PARTITION ev_x FOR VALUES IN ('x');
-- case partition-attach-default-to-an-empty-parent
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 (id bigint, d date NOT NULL);
-- migration
ALTER TABLE ev ATTACH PARTITION ev_1 DEFAULT;
-- case partition-attach-default: blocks-reads blocks-writes long-scan
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_0 PARTITION OF ev FOR VALUES FROM ('2010-01-01') TO ('2011-01-01');
CREATE TABLE ev_1 (id bigint, d date NOT NULL);
-- migration
ALTER TABLE ev ATTACH PARTITION ev_1 DEFAULT;
-- case partition-detach
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration
ALTER TABLE ev DETACH PARTITION ev_1;
-- case partition-detach-concurrently
-- history
CREATE TABLE ev (id bigint, d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2035-01-01');
-- migration unwrapped
ALTER TABLE ev DETACH PARTITION ev_1 CONCURRENTLY;
-- case domain-check: blocks-writes long-scan
-- history
CREATE DOMAIN pct AS int;
CREATE TABLE meter (id bigint PRIMARY KEY, v pct);
-- migration
ALTER DOMAIN pct ADD CONSTRAINT pct_pos CHECK (VALUE >= 0);
-- case domain-check-unused
-- history
CREATE DOMAIN pct AS int;
-- migration
ALTER DOMAIN pct ADD CONSTRAINT pct_pos CHECK (VALUE >= 0);
-- case domain-check-not-valid
-- history
CREATE DOMAIN pct AS int;
CREATE TABLE meter (id bigint PRIMARY KEY, v pct);
-- migration
ALTER DOMAIN pct ADD CONSTRAINT pct_pos CHECK (VALUE >= 0) NOT VALID;
-- case domain-validate: blocks-writes long-scan
-- history
CREATE DOMAIN pct AS int;
CREATE TABLE meter (id bigint PRIMARY KEY, v pct);
ALTER DOMAIN pct ADD CONSTRAINT pct_pos CHECK (VALUE >= 0) NOT VALID;
-- migration
ALTER DOMAIN pct VALIDATE CONSTRAINT pct_pos;
-- case domain-set-not-null: blocks-writes long-scan
-- history
CREATE DOMAIN pct AS int;
CREATE TABLE meter (id bigint PRIMARY KEY, v pct);
-- migration
ALTER DOMAIN pct SET NOT NULL;
-- case two-tables-in-one-transaction: blocks-reads blocks-writes
ALTER TABLE acct ADD COLUMN note text;
ALTER TABLE org ADD COLUMN note text;
-- case two-tables-each-by-itself
-- migration unwrapped
ALTER TABLE acct ADD COLUMN note text;
ALTER TABLE org ADD COLUMN note text;
-- case two-changes-of-one-table
ALTER TABLE acct ADD COLUMN note text;
ALTER TABLE acct ADD COLUMN flag boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN acct.note IS 'free text';
-- case index-behind-add-column: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN note text;
CREATE INDEX acct_note ON acct (note);
-- case index-behind-add-column-of-another-table: blocks-reads blocks-writes long-scan
ALTER TABLE org ADD COLUMN note text;
CREATE INDEX acct_n ON acct (n);
-- case update-behind-add-column: blocks-reads blocks-writes long-scan
ALTER TABLE acct ADD COLUMN note text;
UPDATE acct SET note = state;
-- case update-each-by-itself
-- migration unwrapped
ALTER TABLE acct ADD COLUMN note text;
UPDATE acct SET note = state WHERE id BETWEEN 1 AND 1000;
-- case set-storage-parameter
ALTER TABLE acct SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
-- case set-statistics
ALTER TABLE acct ALTER COLUMN state SET STATISTICS 500;
-- case set-storage
ALTER TABLE acct ALTER COLUMN state SET STORAGE EXTERNAL;
-- case create-statistics
CREATE STATISTICS acct_stats ON state, n FROM acct;
-- case comment
COMMENT ON TABLE acct IS 'accounts';
-- case create-trigger
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- migration
CREATE TRIGGER acct_stamp AFTER INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- case replica-identity-full
ALTER TABLE acct REPLICA IDENTITY FULL;
-- case owner-to
ALTER TABLE acct OWNER TO CURRENT_USER;
-- case tablespace-same
ALTER TABLE acct SET TABLESPACE pg_default;
-- case create-view
CREATE VIEW live AS SELECT id, email FROM acct WHERE state = 'live';
-- case create-matview
CREATE MATERIALIZED VIEW live AS SELECT id, email FROM acct WHERE state = 'live';
-- case create-publication
CREATE PUBLICATION pub FOR TABLE acct;
-- case inherit
-- history
CREATE TABLE base (id bigint NOT NULL);
-- migration
ALTER TABLE acct INHERIT base;
-- case alter-table-if-exists-missing
ALTER TABLE IF EXISTS nothing ADD CONSTRAINT x CHECK (id > 0);
ALTER TABLE IF EXISTS nothing ALTER COLUMN id TYPE bigint;
DROP TABLE IF EXISTS nothing;
-- case drop-table-if-exists-missing-then-create
DROP TABLE IF EXISTS note;
CREATE TABLE note (id bigint PRIMARY KEY);
-- case enable-trigger
-- history
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER acct_stamp AFTER INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- migration
ALTER TABLE acct ENABLE TRIGGER acct_stamp;
-- case savepoint-rolled-back-lock
SAVEPOINT a;
ALTER TABLE acct ADD COLUMN note text;
ROLLBACK TO a;
CREATE TABLE note (id bigint);
-- case savepoint-rolled-back-then-index: blocks-writes long-scan
SAVEPOINT a;
ALTER TABLE acct ADD COLUMN note text;
ROLLBACK TO SAVEPOINT a;
CREATE INDEX org_region ON org (region);
-- case savepoint-released-then-index: blocks-reads blocks-writes long-scan
SAVEPOINT a;
ALTER TABLE acct ADD COLUMN note text;
RELEASE SAVEPOINT a;
CREATE INDEX org_region ON org (region);
