CREATE FUNCTION price(amount int) RETURNS int LANGUAGE sql AS 'SELECT amount * 2';
CREATE FUNCTION greet(name text) RETURNS text LANGUAGE sql AS $$SELECT 'hi ' || name$$;
