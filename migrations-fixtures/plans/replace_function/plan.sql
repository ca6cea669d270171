-- == greet_expand ==
-- concertina: phase expand

-- The new greet beside the old one: a call finds the one its arguments fit.
CREATE FUNCTION greet(name text, greeting text) RETURNS text LANGUAGE sql AS $$SELECT greeting || ' ' || name$$;

-- == price_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new price takes the place of the old one with the same arguments: no call finds neither.
DROP FUNCTION price(int);
CREATE FUNCTION price(amount int) RETURNS numeric LANGUAGE sql AS 'SELECT amount * 2.0';

-- No live instance calls the old greet.
DROP FUNCTION greet(text);

-- N: calls price as it was; calls the old greet
-- N+1: calls price and takes what either of the two gives: the contract phase swaps them when no instance below N+1 is alive; calls the new greet: the contract phase drops the old one when no instance below N+1 is alive
-- note: a call that fits both greet is refused as not unique (42725): check the calls of release N, above all those that leave arguments to their defaults
