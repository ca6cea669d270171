-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
-- migration
ALTER TABLE users DROP COLUMN upper_name; --~ warning drop-column breaks-app
