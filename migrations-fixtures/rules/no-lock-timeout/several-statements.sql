-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE visits (id bigint PRIMARY KEY, person bigint);
-- migration unwrapped waits
CREATE TABLE notes (id bigint PRIMARY KEY);
ALTER TABLE notes ADD COLUMN body text;
CREATE INDEX CONCURRENTLY users_name ON users (name);
ALTER TABLE users ADD COLUMN email text; --~ note no-lock-timeout hygiene
ALTER TABLE visits ADD COLUMN place text;
COMMENT ON TABLE visits IS 'who came';
