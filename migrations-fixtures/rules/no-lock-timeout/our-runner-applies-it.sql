-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration waits
-- concertina: phase expand
ALTER TABLE users ADD COLUMN email text;
