CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'n', lower_name text GENERATED ALWAYS AS (lower(name)) STORED);
GRANT SELECT, INSERT, UPDATE, TRUNCATE ON users TO pg_monitor;
GRANT SELECT (id) ON users TO PUBLIC;
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);
INSERT INTO users (name) SELECT 'u' || i FROM generate_series(1, 400) i;
