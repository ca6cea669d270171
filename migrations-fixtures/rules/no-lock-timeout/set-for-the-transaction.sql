-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration waits
SET LOCAL lock_timeout = '2s';
ALTER TABLE users ADD COLUMN email text;
