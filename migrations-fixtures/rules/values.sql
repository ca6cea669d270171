CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, small smallint, made timestamp, at timestamptz, day date, price numeric(10,2), doc jsonb, raw json, tags text[], codes varchar(10)[], flag boolean, mood text);
CREATE INDEX acct_state ON acct (state);
CREATE INDEX acct_price ON acct (price);
CREATE TYPE mood AS ENUM ('sad', 'ok');
-- case default-calls-what-is-missing: fails
ALTER TABLE acct ADD COLUMN key text DEFAULT make_key();
-- case default-calls-what-is-made-later: fails
ALTER TABLE acct ADD COLUMN key text DEFAULT make_key();
CREATE FUNCTION make_key() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''k''::text';
-- case default-calls-what-is-made-before
CREATE FUNCTION make_key() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''k''::text';
ALTER TABLE acct ADD COLUMN key text DEFAULT make_key();
-- case default-calls-with-other-arguments: fails
CREATE FUNCTION make_key(i int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''k''::text';
ALTER TABLE acct ADD COLUMN key text DEFAULT make_key();
-- case default-calls-an-extension-that-is-missing: fails
ALTER TABLE acct ADD COLUMN key uuid DEFAULT uuid_generate_v4();
-- case default-calls-an-extension: blocks-reads blocks-writes table-rewrite
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
ALTER TABLE acct ADD COLUMN key uuid DEFAULT uuid_generate_v4();
-- case set-default-calls-what-is-missing: fails
ALTER TABLE acct ALTER COLUMN state SET DEFAULT make_key();
-- case default-of-a-new-table-calls-what-is-missing: fails
CREATE TABLE key (id text DEFAULT make_key());
-- case default-not-a-number: fails
ALTER TABLE acct ADD COLUMN k int DEFAULT 'abc';
-- case default-a-number-in-quotes
ALTER TABLE acct ADD COLUMN k int DEFAULT '7';
-- case default-not-a-boolean: fails
ALTER TABLE acct ADD COLUMN k boolean DEFAULT 'maybe';
-- case default-boolean-in-quotes
ALTER TABLE acct ADD COLUMN k boolean DEFAULT 'yes';
-- case default-number-for-boolean: fails
ALTER TABLE acct ADD COLUMN k boolean DEFAULT 0;
-- case default-boolean-for-number: fails
ALTER TABLE acct ALTER COLUMN n SET DEFAULT true;
-- case default-fraction-for-number
ALTER TABLE acct ALTER COLUMN n SET DEFAULT 1.5;
-- case default-not-an-array: fails
ALTER TABLE acct ADD COLUMN k text[] DEFAULT '[]';
-- case default-array
ALTER TABLE acct ADD COLUMN k text[] DEFAULT '{}';
-- case default-not-json: fails
ALTER TABLE acct ADD COLUMN k jsonb DEFAULT '';
-- case default-json
ALTER TABLE acct ADD COLUMN k jsonb DEFAULT '[]';
-- case default-not-a-date: fails
ALTER TABLE acct ADD COLUMN k date DEFAULT '2020-13-01';
-- case default-of-an-unknown-label: fails
ALTER TABLE acct ADD COLUMN k mood DEFAULT 'glad';
-- case default-too-long: fails
ALTER TABLE acct ADD COLUMN k varchar(2) DEFAULT 'abc';
-- case default-too-large: fails
ALTER TABLE acct ADD COLUMN k smallint DEFAULT 70000;
-- case default-not-a-uuid: fails
ALTER TABLE acct ADD COLUMN k uuid DEFAULT 'x';
-- case default-uuid-as-text: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ADD COLUMN k text DEFAULT gen_random_uuid();
-- case default-time-as-text
ALTER TABLE acct ADD COLUMN k text DEFAULT current_timestamp;
-- case default-with-a-subquery: fails
ALTER TABLE acct ADD COLUMN k bigint DEFAULT (SELECT max(id) FROM org);
-- case default-with-an-aggregate: fails
ALTER TABLE acct ADD COLUMN k bigint DEFAULT max(1);
-- case default-null
ALTER TABLE acct ADD COLUMN k bigint DEFAULT NULL;
-- case default-null-not-null: fails
ALTER TABLE acct ADD COLUMN k bigint NOT NULL DEFAULT NULL;
-- case default-in-another-schema: fails
ALTER TABLE acct ADD COLUMN k text DEFAULT app.make_key();
-- case column-named-user: fails
ALTER TABLE acct ADD COLUMN user text;
-- case column-named-order: fails
ALTER TABLE acct ADD COLUMN order int;
-- case column-named-order-in-quotes
ALTER TABLE acct ADD COLUMN "order" int;
-- case column-named-left: fails
ALTER TABLE acct ADD COLUMN left int;
-- case column-named-limit-of-a-new-table: fails
CREATE TABLE quota (id bigint, limit int);
-- case column-named-value-and-the-like
ALTER TABLE acct ADD COLUMN value text, ADD COLUMN name text, ADD COLUMN type text, ADD COLUMN key text, ADD COLUMN level int, ADD COLUMN timestamp timestamptz, ADD COLUMN date date;
-- case column-named-between
ALTER TABLE acct ADD COLUMN between int;
-- case table-named-user: fails
CREATE TABLE user (id bigint);
-- case table-named-users
CREATE TABLE users (id bigint);
-- case column-renamed-to-a-reserved-word: fails
ALTER TABLE org RENAME COLUMN name TO desc;
-- case column-named-like-a-system-column: fails
ALTER TABLE acct ADD COLUMN xmin bigint;
-- case index-on-a-stable-expression: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_day ON acct (date(at));
-- case index-on-an-immutable-expression
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_day ON acct (date(made));
-- case index-on-a-cast-that-is-stable: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_made ON acct ((made::text));
-- case index-on-a-cast-that-is-immutable
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_n ON acct ((n::text));
-- case index-on-concat: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_both ON acct (concat(email, state));
-- case index-on-joined-texts
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_both ON acct ((email || state));
-- case index-on-text-joined-with-a-number
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_both ON acct ((state || n));
-- case index-on-a-field-of-json
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_doc ON acct ((doc ->> 'a'));
-- case index-with-a-stable-predicate: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_recent ON acct (n) WHERE at > now() - interval '1 day';
-- case index-gin-on-text: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_gin ON acct USING gin (state);
-- case index-gin-on-jsonb
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_gin ON acct USING gin (doc);
-- case index-gin-on-json: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_gin ON acct USING gin (raw);
-- case index-gin-trigrams-without-the-extension: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_trgm ON acct USING gin (state gin_trgm_ops);
-- case index-gin-trigrams
-- history
CREATE EXTENSION pg_trgm;
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_trgm ON acct USING gin (state gin_trgm_ops);
-- case index-gist-on-integer: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_gist ON acct USING gist (n);
-- case index-hash-unique: fails
-- migration unwrapped
CREATE UNIQUE INDEX CONCURRENTLY acct_hash ON acct USING hash (n);
-- case index-hash-of-two-columns: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_hash ON acct USING hash (n, state);
-- case index-including
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_incl ON acct (n) INCLUDE (state);
-- case index-with-an-unknown-option: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_opt ON acct (n) WITH (fill = 90);
-- case index-of-an-unknown-method: fails
-- migration unwrapped
CREATE INDEX CONCURRENTLY acct_rum ON acct USING rum (doc);
-- case generated-joined-texts: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ADD COLUMN both_of text GENERATED ALWAYS AS (email || state) STORED;
-- case generated-concat: fails
ALTER TABLE acct ADD COLUMN both_of text GENERATED ALWAYS AS (concat(email, state)) STORED;
-- case generated-text-joined-with-a-number: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ADD COLUMN both_of text GENERATED ALWAYS AS (state || n) STORED;
-- case generated-search-without-configuration: fails
ALTER TABLE acct ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector(state)) STORED;
-- case generated-search: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('english', state)) STORED;
-- case generated-without-stored: fails
-- migration pg=15
ALTER TABLE acct ADD COLUMN k int GENERATED ALWAYS AS (n + 1);
-- case generated-with-a-default: fails
ALTER TABLE acct ADD COLUMN k int DEFAULT 1 GENERATED ALWAYS AS (n + 1) STORED;
-- case check-with-an-aggregate: fails
ALTER TABLE acct ADD CONSTRAINT c CHECK (count(n) > 0) NOT VALID;
-- case check-that-is-no-condition: fails
ALTER TABLE acct ADD CONSTRAINT c CHECK (n) NOT VALID;
-- case check-of-a-missing-column: fails
ALTER TABLE acct ADD CONSTRAINT c CHECK (nn > 0) NOT VALID;
-- case check-that-compares-text-with-a-number: fails
ALTER TABLE acct ADD CONSTRAINT c CHECK (state > 0) NOT VALID;
-- case insert-of-a-word-into-a-number: fails
INSERT INTO org (id, name) VALUES ('x', 'y');
-- case insert-of-a-number-in-quotes
INSERT INTO org (id, name) VALUES ('9001', 'y');
-- case insert-of-too-few: fails
INSERT INTO org (id, name) VALUES (9001);
-- case update-of-a-missing-column: fails
UPDATE org SET nope = 1 WHERE id = 3;
-- case update-of-a-number-to-a-word: fails
UPDATE acct SET n = 'many' WHERE id = 3;
-- case type-number-to-oid
ALTER TABLE acct ALTER COLUMN n TYPE oid;
-- case type-smallint-to-integer: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN small TYPE integer;
-- case type-date-to-timestamp: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN day TYPE timestamp;
-- case type-text-to-name: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN mood TYPE name;
-- case type-varchar-to-bpchar-without-a-limit
ALTER TABLE acct ALTER COLUMN email TYPE bpchar;
-- case type-array-of-wider-texts: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN codes TYPE varchar(20)[];
-- case type-array-of-texts-to-varchars: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN tags TYPE varchar[];
-- case type-numeric-wider-indexed
ALTER TABLE acct ALTER COLUMN price TYPE numeric(14,2);
-- case type-numeric-to-numeric-of-more-digits-behind: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN price TYPE numeric(12,4);
-- case type-same-with-collation-default
ALTER TABLE acct ALTER COLUMN state TYPE text COLLATE "default";
-- case type-text-to-enum-without-using: fails
ALTER TABLE acct ALTER COLUMN mood TYPE mood;
-- case type-jsonb-to-json: blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN doc TYPE json;
-- case type-cut-off-by-left: destructive blocks-reads blocks-writes table-rewrite
ALTER TABLE acct ALTER COLUMN email TYPE varchar(10) USING left(email, 10);
-- case type-text-to-citext-indexed: blocks-reads blocks-writes long-scan
-- history
CREATE EXTENSION citext;
-- migration
ALTER TABLE acct ALTER COLUMN state TYPE citext;
-- case type-text-to-citext-without-an-index
-- history
CREATE EXTENSION citext;
-- migration
ALTER TABLE acct ALTER COLUMN mood TYPE citext;
-- case type-wider-with-statistics
-- history
CREATE STATISTICS acct_both ON email, state FROM acct;
-- migration
ALTER TABLE acct ALTER COLUMN email TYPE varchar(200);
-- case type-of-a-publications-filter: fails
-- history
CREATE PUBLICATION pub FOR TABLE acct WHERE (id > 5);
-- migration pg=15
ALTER TABLE acct ALTER COLUMN id TYPE numeric;
-- case drop-of-a-publications-column: fails
-- history
CREATE PUBLICATION pub FOR TABLE acct (id, state);
-- migration pg=15
ALTER TABLE acct DROP COLUMN state;
-- case drop-of-a-column-not-published: destructive breaks-app
-- history
CREATE PUBLICATION pub FOR TABLE acct (id, state);
-- migration pg=15
ALTER TABLE acct DROP COLUMN mood;
-- case drop-of-a-column-in-an-atomic-body: fails
-- history
CREATE FUNCTION states() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(state) FROM acct; END;
-- migration
ALTER TABLE acct DROP COLUMN state;
-- case type-of-a-column-in-an-atomic-body: fails
-- history
CREATE FUNCTION states() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(state) FROM acct; END;
-- migration
ALTER TABLE acct ALTER COLUMN state TYPE varchar;
-- case extension-twice: fails
-- history
CREATE EXTENSION citext;
-- migration
CREATE EXTENSION citext;
-- case extension-if-not-exists
-- history
CREATE EXTENSION citext;
-- migration
CREATE EXTENSION IF NOT EXISTS citext;
-- case extension-in-use-dropped: fails
-- history
CREATE EXTENSION citext;
ALTER TABLE org ADD COLUMN tag citext;
-- migration
DROP EXTENSION citext;
-- case extension-in-use-dropped-with-cascade: destructive breaks-app
-- history
CREATE EXTENSION citext;
ALTER TABLE org ADD COLUMN tag citext;
-- migration
DROP EXTENSION citext CASCADE;
