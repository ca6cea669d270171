-- history
CREATE TABLE acct (id bigint PRIMARY KEY);
-- migration
-- concertina: allow drop-table
--~ warning malformed-directive hygiene
DROP TABLE acct; --~ warning drop-table destructive,breaks-app
