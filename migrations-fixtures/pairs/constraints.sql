-- schema
CREATE TABLE users (id int PRIMARY KEY, email text, lower_mail text, CONSTRAINT users_email_key UNIQUE (email));
CREATE UNIQUE INDEX users_lower ON users (lower(lower_mail));
CREATE UNIQUE INDEX users_part ON users (lower_mail) WHERE email IS NULL;
CREATE UNIQUE INDEX users_pair ON users (email, lower_mail);
INSERT INTO users VALUES (1, 'a', 'b');

-- change
ALTER TABLE users DROP CONSTRAINT users_email_key;
DROP INDEX users_lower;
DROP INDEX users_part;

-- queries
-- name: by_columns
INSERT INTO users (id, email) VALUES (2, 'x') ON CONFLICT (email) DO NOTHING;
-- name: by_constraint
INSERT INTO users (id, email) VALUES (2, 'x') ON CONFLICT ON CONSTRAINT users_email_key DO UPDATE SET email = excluded.email;
-- name: by_expression
INSERT INTO users (id, lower_mail) VALUES (2, 'x') ON CONFLICT (lower(lower_mail)) DO NOTHING;
-- name: by_partial
INSERT INTO users (id, lower_mail) VALUES (2, 'x') ON CONFLICT (lower_mail) WHERE email IS NULL DO NOTHING;
-- name: by_what_stays
INSERT INTO users (id, email) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET email = users.email || excluded.email;
-- name: by_a_pair_in_any_order
INSERT INTO users (id, email, lower_mail) VALUES (3, 'a', 'b') ON CONFLICT (lower_mail, email) DO NOTHING;
-- name: by_anything
INSERT INTO users (id, email) VALUES (1, 'x') ON CONFLICT DO NOTHING;
-- name: plain
INSERT INTO users (id, email) VALUES (4, 'y');
