-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration waits
ALTER TABLE users ADD COLUMN email text; --~ note no-lock-timeout hygiene
SELECT set_config('lock_timeout', '2s', false);
ALTER TABLE users ADD COLUMN phone text;
