-- before
CREATE FUNCTION with_tax(cents integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT cents * 119 / 100';

-- change
CREATE FUNCTION with_tax(cents integer, percent integer DEFAULT 19) RETURNS integer LANGUAGE sql AS 'SELECT cents';

-- query
SELECT with_tax(price_cents) FROM products;
