CREATE TABLE users (id bigserial PRIMARY KEY, login varchar(40) NOT NULL UNIQUE, email text, age int, balance numeric(12,2) NOT NULL DEFAULT 0, settings json, tags text[] DEFAULT '{}', seen timestamp, active boolean DEFAULT true);
CREATE TABLE groups (id serial PRIMARY KEY, title varchar(100) NOT NULL, slug varchar(100), parent_id int REFERENCES groups (id));
CREATE TABLE memberships (user_id bigint NOT NULL REFERENCES users (id), group_id int NOT NULL REFERENCES groups (id), since date, CONSTRAINT memberships_pk PRIMARY KEY (user_id, group_id));
CREATE INDEX users_email_idx ON users (email);
CREATE MATERIALIZED VIEW group_sizes AS SELECT group_id, count(*) AS size FROM memberships GROUP BY group_id;
CREATE FUNCTION full_title(g groups) RETURNS text LANGUAGE sql STABLE AS $$ SELECT g.title || ' (' || coalesce(g.slug, '-') || ')' $$;
CREATE AGGREGATE last_of (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE FUNCTION alike(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT lower(a) = lower(b) $$;
CREATE OPERATOR =~= (LEFTARG = text, RIGHTARG = text, FUNCTION = alike);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE CAST (varchar AS mood) WITH INOUT AS IMPLICIT;
CREATE TABLE moods (id int PRIMARY KEY, feels mood);
-- release 1.9
-- name: login
SELECT id, login, active FROM users WHERE login = $1;
-- name: group
SELECT id, title, slug FROM groups WHERE id = $1;
-- name: join_group
INSERT INTO memberships (user_id, group_id, since) VALUES ($1, $2, CURRENT_DATE) ON CONFLICT ON CONSTRAINT memberships_pk DO UPDATE SET since = EXCLUDED.since;
-- name: register
INSERT INTO users (login, email) VALUES ($1, $2) RETURNING id;
-- case functional-notation-over-a-row-type: breaks-app
-- release 1.9
SELECT full_title(g) FROM groups g WHERE id = $1;
-- migration
DROP FUNCTION full_title(groups);
-- case aggregate-dropped-and-used: breaks-app
-- release 1.9
SELECT last_of(title) FROM groups;
-- migration
DROP AGGREGATE last_of (text);
-- case aggregate-dropped-and-not-used
DROP AGGREGATE last_of (text);
-- case operator-made-anew
CREATE FUNCTION near(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT lower(a) = lower(b) $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = near);
-- case operator-dropped-and-used: breaks-app
-- release 1.9
SELECT id FROM groups WHERE title =~= $1;
-- migration
DROP OPERATOR =~= (text, text);
-- case operator-dropped-and-not-used
DROP OPERATOR =~= (text, text);
-- case operator-dropped-with-its-function-and-used: breaks-app
-- release 1.9
SELECT id FROM groups WHERE title =~= $1;
-- migration
DROP FUNCTION alike(text, text) CASCADE;
-- case cast-dropped-and-used: breaks-app
-- release 1.9
UPDATE moods SET feels = $1::varchar;
-- migration
DROP CAST (varchar AS mood);
-- case cast-added
CREATE FUNCTION as_flag(i int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT i <> 0 $$;
CREATE TYPE flagged AS (v int);
CREATE FUNCTION as_flagged(i int) RETURNS flagged LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(i)::flagged $$;
CREATE CAST (int AS flagged) WITH FUNCTION as_flagged(int);
-- case on-conflict-by-name-and-the-key-renamed-through-its-index: breaks-app
ALTER INDEX memberships_pk RENAME TO memberships_pkey;
-- case on-conflict-by-name-and-another-constraint-renamed
ALTER TABLE users RENAME CONSTRAINT users_login_key TO users_login_unique;
-- case foreign-key-columns-type-widened: blocks-reads blocks-writes table-rewrite long-scan breaks-app
ALTER TABLE groups ALTER COLUMN parent_id TYPE bigint, ALTER COLUMN id TYPE bigint;
-- case integer-key-kept-by-a-new-bigint-column
ALTER TABLE memberships ADD COLUMN group_id_new bigint;
CREATE FUNCTION memberships_dual() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.group_id_new := NEW.group_id; RETURN NEW; END $$;
CREATE TRIGGER memberships_dual BEFORE INSERT OR UPDATE ON memberships FOR EACH ROW EXECUTE FUNCTION memberships_dual();
-- case settings-json-becomes-jsonb-through-a-new-column
ALTER TABLE users ADD COLUMN settings_b jsonb;
COMMENT ON COLUMN users.settings_b IS 'takes the place of settings';
-- case array-default-changed-and-written-by-nobody
-- release 1.9
SELECT tags FROM users WHERE id = $1;
-- migration
ALTER TABLE users ALTER COLUMN tags SET DEFAULT ARRAY['new'];
-- case array-default-changed-and-left-out: breaks-app
-- release 1.9
INSERT INTO users (login, email) VALUES ($1, $2);
-- migration
ALTER TABLE users ALTER COLUMN tags SET DEFAULT ARRAY['new']::text[];
-- case unique-slug-plain-index: blocks-writes long-scan
CREATE UNIQUE INDEX groups_slug_key ON groups (slug);
-- case unique-slug-and-an-upsert-that-knows-it-already
-- migration unwrapped
CREATE UNIQUE INDEX CONCURRENTLY groups_slug_key ON groups (slug);
-- case numeric-balance-scale-up: blocks-reads blocks-writes table-rewrite
ALTER TABLE users ALTER COLUMN balance TYPE numeric(14,4);
-- case numeric-balance-precision-up
ALTER TABLE users ALTER COLUMN balance TYPE numeric(18,2);
-- case varchar-login-wider-with-its-unique-index: breaks-app
ALTER TABLE users ALTER COLUMN login TYPE varchar(120);
-- case varchar-slug-narrower: blocks-reads blocks-writes table-rewrite breaks-app
ALTER TABLE groups ALTER COLUMN slug TYPE varchar(60);
-- case not-null-on-a-column-just-added-and-filled: blocks-reads blocks-writes long-scan
ALTER TABLE groups ADD COLUMN kind text;
UPDATE groups SET kind = 'open';
ALTER TABLE groups ALTER COLUMN kind SET NOT NULL;
-- case not-null-added-as-a-default-column-with-check-later
ALTER TABLE groups ADD COLUMN kind text NOT NULL DEFAULT 'open';
ALTER TABLE groups ADD CONSTRAINT kind_known CHECK (kind IN ('open', 'closed')) NOT VALID;
-- case matview-dropped-and-rebuilt-wider: blocks-reads
DROP MATERIALIZED VIEW group_sizes;
CREATE MATERIALIZED VIEW group_sizes AS SELECT group_id, count(*) AS size, min(since) AS since FROM memberships GROUP BY group_id;
CREATE UNIQUE INDEX group_sizes_key ON group_sizes (group_id);
-- case matview-read-and-refreshed: blocks-reads
-- release 1.9
SELECT size FROM group_sizes WHERE group_id = $1;
-- migration
REFRESH MATERIALIZED VIEW group_sizes WITH DATA;
-- case matview-emptied: breaks-app
-- release 1.9
SELECT size FROM group_sizes WHERE group_id = $1;
-- migration
REFRESH MATERIALIZED VIEW group_sizes WITH NO DATA;
-- case matview-index-plain
CREATE INDEX group_sizes_idx ON group_sizes (size);
-- case listen-in-a-query
-- release 1.9
LISTEN users;
-- migration
ALTER TABLE users RENAME COLUMN seen TO last_seen;
-- case boolean-to-text-with-default-that-follows: blocks-reads blocks-writes table-rewrite breaks-app
ALTER TABLE users ALTER COLUMN active TYPE text;
-- case two-drops-of-constraints-on-one-table
ALTER TABLE memberships DROP CONSTRAINT memberships_group_id_fkey;
-- case drop-two-foreign-keys-to-two-tables: blocks-reads blocks-writes
ALTER TABLE memberships DROP CONSTRAINT memberships_group_id_fkey, DROP CONSTRAINT memberships_user_id_fkey;
