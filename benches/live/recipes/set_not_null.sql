-- == before
CREATE TABLE users (id bigint PRIMARY KEY, bio text, touched int);
INSERT INTO users SELECT i, CASE WHEN i % 10 > 0 THEN 'b' END FROM generate_series(0, {rows} - 1) i;
-- == plain
UPDATE users SET bio = 'none' WHERE bio IS NULL;
ALTER TABLE users ALTER COLUMN bio SET NOT NULL;
-- == old
UPDATE users SET bio = NULL WHERE id = {own}
UPDATE users SET bio = {text} WHERE id = {own} ;; SELECT bio = {text} FROM users WHERE id = {own}
SELECT id = {id} FROM users WHERE id = {id}
INSERT INTO users (id, bio) VALUES ({own}, {text}) ON CONFLICT (id) DO UPDATE SET bio = EXCLUDED.bio ;; SELECT bio = {text} FROM users WHERE id = {own}
-- == new
UPDATE users SET bio = {text} WHERE id = {own} ;; SELECT bio = {text} FROM users WHERE id = {own}
SELECT id = {id} FROM users WHERE id = {id}
INSERT INTO users (id, bio) VALUES ({own}, {text}) ON CONFLICT (id) DO UPDATE SET bio = EXCLUDED.bio ;; SELECT bio = {text} FROM users WHERE id = {own}
-- == reshape
[[actions]]
type = "alter_column"
table = "users"
column = "bio"
up = "coalesce(bio, 'none')"
down = "bio"
[actions.changes]
nullable = false
-- == expert expand
-- == expert contract
ALTER TABLE users ADD CONSTRAINT bio_set CHECK (bio IS NOT NULL) NOT VALID;
-- batches
UPDATE users SET bio = 'none' WHERE bio IS NULL
-- alone
ALTER TABLE users VALIDATE CONSTRAINT bio_set
-- tx
ALTER TABLE users ALTER COLUMN bio SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT bio_set;
