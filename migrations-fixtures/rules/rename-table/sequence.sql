-- history
CREATE SEQUENCE s;
-- migration
ALTER SEQUENCE s RENAME TO t; --~ error rename-object breaks-app
