CREATE TABLE sensor (id int PRIMARY KEY, name text NOT NULL, kind text, lat double precision, lon double precision);
CREATE TABLE reading (sensor_id int NOT NULL, at timestamptz NOT NULL, value real, quality smallint DEFAULT 0) PARTITION BY RANGE (at);
CREATE TABLE reading_2023 PARTITION OF reading FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
CREATE UNIQUE INDEX reading_key ON reading (sensor_id, at);
CREATE TABLE alarm (id bigserial PRIMARY KEY, sensor_id int REFERENCES sensor (id) DEFERRABLE INITIALLY DEFERRED, level int NOT NULL, note text, raised timestamptz NOT NULL DEFAULT now());
CREATE TABLE base_log (id bigserial PRIMARY KEY, msg text);
CREATE TABLE app_log (level int) INHERITS (base_log);
CREATE TABLE config (key text PRIMARY KEY, value text NOT NULL);
CREATE DOMAIN pct AS numeric CHECK (VALUE BETWEEN 0 AND 100);
-- release 8
-- name: last
SELECT value FROM reading WHERE sensor_id = $1 ORDER BY at DESC LIMIT 1;
-- name: record
INSERT INTO reading (sensor_id, at, value) VALUES ($1, now(), $2) ON CONFLICT (sensor_id, at) DO UPDATE SET value = EXCLUDED.value;
-- name: alarms
SELECT a.id, a.level, s.name FROM alarm a LEFT JOIN sensor s ON s.id = a.sensor_id WHERE a.raised > $1;
-- name: setting
SELECT value FROM config WHERE key = 'limit';
-- name: logs
SELECT msg FROM base_log WHERE id = $1;
-- case delete-of-the-setting-the-app-reads: breaks-app
-- rows
INSERT INTO config VALUES ('limit', '5'), ('colour', 'red');
-- migration
DELETE FROM config WHERE key = 'limit';
-- case delete-of-another-setting
DELETE FROM config WHERE key = 'colour';
-- case setting-changed
UPDATE config SET value = '10' WHERE key = 'limit';
-- case new-settings-inserted
INSERT INTO config (key, value) VALUES ('a', '1'), ('b', '2') ON CONFLICT (key) DO NOTHING;
-- case partition-carved-out-of-the-default: blocks-reads blocks-writes long-scan
-- rows
INSERT INTO reading (sensor_id, at, value) SELECT i, '2029-01-01', 1 FROM generate_series(1, 900) i;
-- migration
CREATE TABLE reading_2030 PARTITION OF reading FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
-- case partition-prepared-and-attached: blocks-reads blocks-writes long-scan
-- rows
INSERT INTO reading (sensor_id, at, value) SELECT i, '2029-01-01', 1 FROM generate_series(1, 900) i;
-- migration
CREATE TABLE reading_2030 (LIKE reading INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE reading_2030 ADD CONSTRAINT y CHECK (at >= '2030-01-01' AND at < '2031-01-01');
ALTER TABLE reading ATTACH PARTITION reading_2030 FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
-- case default-partition-detached-first: breaks-app
-- release 8
SELECT value FROM reading WHERE sensor_id = $1;
-- rows
INSERT INTO reading (sensor_id, at, value) SELECT i, '2029-01-01', 1 FROM generate_series(1, 900) i;
-- migration
ALTER TABLE reading DETACH PARTITION reading_rest;
CREATE TABLE reading_2030 PARTITION OF reading FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
-- case column-on-an-inheritance-parent
ALTER TABLE base_log ADD COLUMN host text;
-- case column-dropped-on-an-inheritance-parent: destructive breaks-app
ALTER TABLE base_log DROP COLUMN msg;
-- case child-leaves-its-parent: breaks-app
-- release 8
SELECT msg FROM base_log WHERE id = $1;
-- rows
INSERT INTO app_log (id, msg) SELECT i, 'x' FROM generate_series(1, 900) i;
-- migration
ALTER TABLE app_log NO INHERIT base_log;
-- case child-truncated-behind-its-parent: destructive breaks-app
-- release 8
SELECT msg FROM base_log WHERE id = $1;
-- rows
INSERT INTO app_log (id, msg) SELECT i, 'x' FROM generate_series(1, 900) i;
-- migration
TRUNCATE app_log;
-- case type-change-on-an-inheritance-parent: blocks-reads blocks-writes table-rewrite
-- release 8
SELECT id FROM base_log WHERE id = $1;
-- migration
ALTER TABLE base_log ALTER COLUMN msg TYPE jsonb USING to_jsonb(msg);
-- case only-parent-check: blocks-reads blocks-writes long-scan
ALTER TABLE base_log ADD CONSTRAINT m CHECK (msg <> '') NO INHERIT;
-- case only-keyword-check-with-children: fails
ALTER TABLE ONLY base_log ADD CONSTRAINT m CHECK (msg <> '');
-- case column-of-a-checked-domain: blocks-reads blocks-writes table-rewrite
ALTER TABLE alarm ADD COLUMN confidence pct;
-- case column-of-a-checked-domain-in-a-new-table
CREATE TABLE forecast (id bigint PRIMARY KEY, chance pct NOT NULL DEFAULT 50);
-- case deferred-foreign-key-and-alter-behind-a-delete: fails
DELETE FROM sensor WHERE id = 7;
ALTER TABLE sensor ADD COLUMN vendor text;
-- case constraints-immediate-then-alter
UPDATE alarm SET sensor_id = NULL WHERE id = 3;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE alarm ADD COLUMN acked boolean;
-- case collation-of-an-indexed-name: blocks-reads blocks-writes long-scan breaks-app
-- history
CREATE INDEX sensor_name ON sensor (name);
-- migration
ALTER TABLE sensor ALTER COLUMN name TYPE text COLLATE "C";
-- case cluster-on-new-index: blocks-reads blocks-writes table-rewrite long-scan
CREATE INDEX alarm_raised ON alarm (raised);
CLUSTER alarm USING alarm_raised;
-- case unlogged-for-speed: destructive blocks-reads blocks-writes table-rewrite
ALTER TABLE alarm SET UNLOGGED;
-- case smallint-quality-wider-on-partitions: blocks-reads blocks-writes table-rewrite
ALTER TABLE reading ALTER COLUMN quality TYPE int;
-- case default-of-a-partitioned-column-changed: breaks-app
-- release 8
INSERT INTO reading (sensor_id, at, value) VALUES ($1, '2023-07-07', 1);
-- migration
ALTER TABLE reading ALTER COLUMN quality SET DEFAULT 1;
-- case unique-index-on-partitions-dropped: breaks-app
DROP INDEX reading_key;
-- case unique-index-of-one-partition-dropped: fails
DROP INDEX reading_2023_sensor_id_at_idx;
-- case reindex-a-partition: blocks-reads blocks-writes long-scan
REINDEX TABLE reading_2023;
-- case join-table-loses-its-name-column: destructive breaks-app
ALTER TABLE sensor DROP COLUMN name;
-- case lateral-and-aliases-unharmed: destructive
-- release 8
SELECT s.id, l.value FROM sensor s CROSS JOIN LATERAL (SELECT r.value FROM reading r WHERE r.sensor_id = s.id ORDER BY r.at DESC LIMIT 1) l WHERE s.kind = $1;
-- migration
ALTER TABLE sensor DROP COLUMN lat, DROP COLUMN lon;
-- case window-and-filter-over-a-renamed-column: breaks-app
-- release 8
SELECT sensor_id, avg(value) FILTER (WHERE quality = 0) OVER (PARTITION BY sensor_id ORDER BY at) FROM reading;
-- migration
ALTER TABLE reading RENAME COLUMN quality TO grade;
