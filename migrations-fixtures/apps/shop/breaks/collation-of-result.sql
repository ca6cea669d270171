-- change
ALTER TABLE users ALTER COLUMN email TYPE text COLLATE "C";

-- query
SELECT email FROM users;
