-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
-- migration
DELETE FROM users; --~ warning rows-lost destructive
