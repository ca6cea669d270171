-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
-- concertina: phase contract
-- concertina: after 2.0.0
ALTER TABLE acct DROP COLUMN email; --~ note drop-column destructive
