CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE posts (id int PRIMARY KEY, user_id int CONSTRAINT posts_user_id_fkey REFERENCES users, title text);
CREATE INDEX posts_user ON posts (user_id);
INSERT INTO users SELECT i FROM generate_series(1, 500) i;
INSERT INTO posts SELECT i, i, 't' FROM generate_series(1, 500) i;
