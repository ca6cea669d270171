-- history
CREATE FUNCTION price(a int) RETURNS int LANGUAGE sql AS 'select 1';
-- migration
CREATE FUNCTION price(a text, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'select 2';
