CREATE TABLE users (
    id int PRIMARY KEY,
    name text NOT NULL DEFAULT 'none' CHECK (length(name) < 100),
    initial text GENERATED ALWAYS AS (left(name, 1)) STORED,
    room int4range DEFAULT 'empty',
    CONSTRAINT apart EXCLUDE USING gist (room WITH &&) DEFERRABLE,
    CONSTRAINT once UNIQUE (name, id) DEFERRABLE
);
COMMENT ON COLUMN users.name IS 'as they write it';
GRANT SELECT (id, name) ON users TO pg_monitor;
CREATE VIEW people AS SELECT id, name FROM users WHERE name <> 'hidden';
CREATE MATERIALIZED VIEW names AS SELECT name, count(*) AS n FROM users GROUP BY name;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON users USING (name <> 'hidden') WITH CHECK (name <> 'refused');
CREATE STATISTICS users_names ON id, name FROM users;
CREATE INDEX users_name ON users (lower(name), id) WHERE name <> 'hidden';
CREATE UNIQUE INDEX users_whole ON users (name, id);
ALTER TABLE users ALTER COLUMN room SET NOT NULL, REPLICA IDENTITY USING INDEX users_whole;
INSERT INTO users (id, name, room) SELECT i, 'n' || i, int4range(i, i + 1) FROM generate_series(1, 400) i;
