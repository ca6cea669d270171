-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
-- concertina: allow rename-column because "the only reader was stopped"
ALTER TABLE acct RENAME COLUMN email TO mail;
