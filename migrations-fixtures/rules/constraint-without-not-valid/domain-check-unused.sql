-- history
CREATE DOMAIN d AS int;
-- migration
ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0);
