-- == before
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, fax text NOT NULL);
INSERT INTO users SELECT i, 'n', 'f' FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE users DROP COLUMN fax;
-- == old
UPDATE users SET fax = {text} WHERE id = {own} ;; SELECT fax = {text} FROM users WHERE id = {own}
SELECT name IS NOT NULL FROM users WHERE id = {id}
INSERT INTO users (id, name, fax) VALUES ({own}, 'n', {text}) ON CONFLICT (id) DO UPDATE SET fax = EXCLUDED.fax ;; SELECT fax = {text} FROM users WHERE id = {own}
-- == new
UPDATE users SET name = {text} WHERE id = {own} ;; SELECT name = {text} FROM users WHERE id = {own}
SELECT name IS NOT NULL FROM users WHERE id = {id}
INSERT INTO users (id, name) VALUES ({own}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name ;; SELECT name = {text} FROM users WHERE id = {own}
-- == reshape
[[actions]]
type = "remove_column"
table = "users"
column = "fax"
down = "''"
-- == expert expand
ALTER TABLE users ALTER COLUMN fax DROP NOT NULL;
-- == expert contract
ALTER TABLE users DROP COLUMN fax;
