-- history
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'select 1';
-- release 1.0.0
-- name: one
SELECT one();
-- migration
DROP FUNCTION one(); --~ error drop-object breaks-app
