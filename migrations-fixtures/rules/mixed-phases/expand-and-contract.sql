-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct ADD COLUMN note text;
REVOKE TRIGGER ON acct FROM PUBLIC; --~ warning mixed-phases hygiene
