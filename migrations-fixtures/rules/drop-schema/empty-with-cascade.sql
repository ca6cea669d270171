-- history
CREATE SCHEMA billing;
-- migration
DROP SCHEMA billing CASCADE;
