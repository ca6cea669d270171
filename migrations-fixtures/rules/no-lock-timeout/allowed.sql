-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration waits
-- concertina: allow no-lock-timeout because "runs while the shop is closed"
ALTER TABLE users ADD COLUMN email text;
