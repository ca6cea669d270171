-- == before
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE posts (id bigint PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, title text NOT NULL);
CREATE INDEX posts_user ON posts (user_id);
INSERT INTO users SELECT i, 'n' || i FROM generate_series(0, {rows} - 1) i;
INSERT INTO posts SELECT i, i, 't' FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE users ALTER COLUMN id TYPE bigint;
ALTER TABLE posts ALTER COLUMN user_id TYPE bigint;
-- == old
UPDATE users SET name = {text} WHERE id = {own} ;; SELECT name = {text} FROM users WHERE id = {own}
SELECT p.title IS NOT NULL FROM users u JOIN posts p ON p.user_id = u.id WHERE u.id = {id}
INSERT INTO users (id, name) VALUES ({own}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name ;; SELECT name = {text} FROM users WHERE id = {own}
INSERT INTO posts (id, user_id, title) VALUES ({own}, {own}, {text}) ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title ;; SELECT title = {text} FROM posts WHERE id = {own} AND user_id = {own}
-- == new
UPDATE users SET name = {text} WHERE id = {own} ;; SELECT name = {text} FROM users WHERE id = {own}
SELECT p.title IS NOT NULL FROM users u JOIN posts p ON p.user_id = u.id WHERE u.id = {id}
INSERT INTO users (id, name) VALUES ({own}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name ;; SELECT name = {text} FROM users WHERE id = {own}
INSERT INTO posts (id, user_id, title) VALUES ({own}, {own}, {text}) ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title ;; SELECT title = {text} FROM posts WHERE id = {own} AND user_id = {own}
-- == expert expand
ALTER TABLE users ADD COLUMN id_new bigint;
CREATE FUNCTION users_id_sync() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id_new := NEW.id; RETURN NEW; END $$;
CREATE TRIGGER users_id_sync BEFORE INSERT OR UPDATE OF id, id_new ON users FOR EACH ROW EXECUTE FUNCTION users_id_sync();
-- tx
ALTER TABLE posts ADD COLUMN user_id_new bigint;
CREATE FUNCTION posts_user_sync() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.user_id_new := NEW.user_id; RETURN NEW; END $$;
CREATE TRIGGER posts_user_sync BEFORE INSERT OR UPDATE OF id, user_id, user_id_new ON posts FOR EACH ROW EXECUTE FUNCTION posts_user_sync();
-- batches
UPDATE users SET id_new = id WHERE id_new IS NULL
-- batches
UPDATE posts SET user_id_new = user_id WHERE user_id_new IS NULL
-- alone
CREATE UNIQUE INDEX CONCURRENTLY users_id_new ON users (id_new)
-- alone
CREATE INDEX CONCURRENTLY posts_user_new ON posts (user_id_new)
-- tx
ALTER TABLE users ADD CONSTRAINT id_set CHECK (id_new IS NOT NULL) NOT VALID;
-- tx
ALTER TABLE posts ADD CONSTRAINT user_set CHECK (user_id_new IS NOT NULL) NOT VALID;
-- alone
ALTER TABLE users VALIDATE CONSTRAINT id_set
-- alone
ALTER TABLE posts VALIDATE CONSTRAINT user_set
-- tx
ALTER TABLE posts ADD CONSTRAINT posts_user_id_new_fkey FOREIGN KEY (user_id_new) REFERENCES users (id_new) ON DELETE CASCADE NOT VALID;
-- alone
ALTER TABLE posts VALIDATE CONSTRAINT posts_user_id_new_fkey
-- == expert contract
LOCK TABLE users, posts IN ACCESS EXCLUSIVE MODE;
DROP TRIGGER users_id_sync ON users;
DROP FUNCTION users_id_sync();
DROP TRIGGER posts_user_sync ON posts;
DROP FUNCTION posts_user_sync();
ALTER TABLE posts DROP COLUMN user_id, ALTER COLUMN user_id_new SET NOT NULL, DROP CONSTRAINT user_set;
ALTER TABLE posts RENAME COLUMN user_id_new TO user_id;
ALTER TABLE posts RENAME CONSTRAINT posts_user_id_new_fkey TO posts_user_id_fkey;
ALTER INDEX posts_user_new RENAME TO posts_user;
ALTER TABLE users ALTER COLUMN id_new SET NOT NULL, DROP CONSTRAINT id_set, DROP CONSTRAINT users_pkey;
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id_new;
ALTER TABLE users DROP COLUMN id;
ALTER TABLE users RENAME COLUMN id_new TO id;
