-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE VIEW v AS SELECT id, email FROM acct;
-- migration
ALTER VIEW v RENAME COLUMN email TO mail; --~ error rename-column breaks-app
