-- history
CREATE SEQUENCE tickets;
-- migration
DROP SEQUENCE tickets; --~ warning drop-object destructive,breaks-app
