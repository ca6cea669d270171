-- history
CREATE FUNCTION near(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT lower(a) = lower(b) $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = near);
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
-- release 1.0.0
-- name: by_name
SELECT id FROM users WHERE name === $1;
-- migration
DROP OPERATOR === (text, text); --~ error drop-object breaks-app
