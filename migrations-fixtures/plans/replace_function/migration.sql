DROP FUNCTION price(int);
CREATE FUNCTION price(amount int) RETURNS numeric LANGUAGE sql AS 'SELECT amount * 2.0';
DROP FUNCTION greet(text);
CREATE FUNCTION greet(name text, greeting text) RETURNS text LANGUAGE sql AS $$SELECT greeting || ' ' || name$$;
