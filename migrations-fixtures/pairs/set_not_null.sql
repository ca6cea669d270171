-- schema
CREATE TABLE users (id serial PRIMARY KEY, email text, age int DEFAULT 3, note text DEFAULT 'n');
INSERT INTO users (email, age) VALUES ('a', 1);

-- change
ALTER TABLE users ALTER COLUMN email SET NOT NULL, ALTER COLUMN age SET NOT NULL;

-- queries
-- name: literal
INSERT INTO users (email) VALUES ('x');
-- name: literal_null
INSERT INTO users (email) VALUES (NULL);
-- name: omitted
INSERT INTO users (age) VALUES (1);
-- name: default_helps
INSERT INTO users (email, age) VALUES ('x', DEFAULT);
-- name: explicit_null_beats_the_default
INSERT INTO users (email, age) VALUES ('x', NULL);
-- name: second_row
INSERT INTO users (email) VALUES ('x'), (NULL);
-- name: default_values
INSERT INTO users DEFAULT VALUES;
-- name: parameter unknown
INSERT INTO users (email) VALUES ($1);
-- name: update_to_null
UPDATE users SET email = NULL;
-- name: update_to_default
UPDATE users SET note = DEFAULT, age = DEFAULT;
-- name: update_to_default_null
UPDATE users SET email = DEFAULT;
-- name: update_other
UPDATE users SET note = $1;
-- name: first_of_two
INSERT INTO users (email, age) VALUES (NULL, NULL);
-- name: coalesce_is_never_null
INSERT INTO users (email) VALUES (coalesce($1, 'x'));
-- name: casted_null
INSERT INTO users (email) VALUES (NULL::text);
-- name: do_update_to_null
INSERT INTO users (id, email) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET email = NULL;
