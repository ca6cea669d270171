-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
-- migration
DROP VIEW IF EXISTS people;
