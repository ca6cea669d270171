-- schema
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, note text);
INSERT INTO users (email) VALUES ('a');

-- change
ALTER TABLE users ADD COLUMN country text NOT NULL DEFAULT 'de';
ALTER TABLE users ALTER COLUMN country DROP DEFAULT;

-- queries
-- name: create_user
INSERT INTO users (email) VALUES ($1) RETURNING id;
-- name: without_a_list
INSERT INTO users VALUES (100, 'x', 'y');
-- name: by_select
INSERT INTO users (email) SELECT email FROM users;
-- name: do_nothing_does_not_help
INSERT INTO users (id, email) VALUES (1, 'x') ON CONFLICT DO NOTHING;
-- name: update
UPDATE users SET email = 'x';
-- name: read
SELECT email FROM users;
-- name: modifying_cte
WITH x AS (INSERT INTO users (email) VALUES ('q') RETURNING id) SELECT id FROM x;
-- name: default_values_failed_before
INSERT INTO users DEFAULT VALUES;
-- name: merge_insert
MERGE INTO users u USING (SELECT 77 AS id) s ON u.id = s.id WHEN NOT MATCHED THEN INSERT (id, email) VALUES (s.id, 'x');
