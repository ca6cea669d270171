-- history
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'select 1';
-- release 1.0.0
-- name: one
SELECT one();
-- migration
ALTER FUNCTION one() RENAME TO eins; --~ error rename-object breaks-app
