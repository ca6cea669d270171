-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
ALTER ROLE postgres SET lock_timeout = '3s';
-- migration waits
ALTER TABLE users ADD COLUMN email text;
