-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE FUNCTION cnt() RETURNS bigint LANGUAGE sql AS 'select count(email) from acct';
-- migration
ALTER TABLE acct RENAME COLUMN email TO mail; --~ error rename-column breaks-app --~ warning body-outdated breaks-app
