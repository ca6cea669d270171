-- history
CREATE FUNCTION near(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT lower(a) = lower(b) $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = near);
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
-- migration
BEGIN;
DROP OPERATOR === (text, text);
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
COMMIT;
