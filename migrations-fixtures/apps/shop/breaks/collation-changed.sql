-- change
ALTER TABLE users ALTER COLUMN email TYPE text COLLATE "C";

-- query
SELECT count(*) FROM users WHERE email < 'm';
