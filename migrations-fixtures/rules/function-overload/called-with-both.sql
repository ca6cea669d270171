-- history
CREATE FUNCTION price(a int) RETURNS int LANGUAGE sql AS 'select 1';
-- release 1.0.0
-- name: price
SELECT price(1);
-- migration
CREATE FUNCTION price(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'select 2'; --~ error function-overload breaks-app
