-- before
CREATE FUNCTION with_tax(cents integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT cents * 119 / 100';

-- change
DROP FUNCTION with_tax(integer);

-- query
SELECT with_tax(price_cents) FROM products;
