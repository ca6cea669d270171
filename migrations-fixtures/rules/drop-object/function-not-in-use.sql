-- history
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'select 1';
-- release 1.0.0
-- name: two
SELECT 2;
-- migration
DROP FUNCTION one();
