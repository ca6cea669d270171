-- == before
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO users SELECT i, 'n' || i FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE users RENAME TO people;
-- == old
UPDATE users SET name = {text} WHERE id = {own} ;; SELECT name = {text} FROM users WHERE id = {own}
SELECT name IS NOT NULL FROM users WHERE id = {id}
INSERT INTO users (id, name) VALUES ({own}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name ;; SELECT name = {text} FROM users WHERE id = {own}
-- == new
UPDATE people SET name = {text} WHERE id = {own} ;; SELECT name = {text} FROM people WHERE id = {own}
SELECT name IS NOT NULL FROM people WHERE id = {id}
INSERT INTO people (id, name) VALUES ({own}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name ;; SELECT name = {text} FROM people WHERE id = {own}
-- == reshape
[[actions]]
type = "rename_table"
table = "users"
new_name = "people"
-- == expert expand
ALTER TABLE users RENAME TO people;
CREATE VIEW users AS SELECT * FROM people;
-- == expert contract
DROP VIEW users;
