-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration unwrapped
CREATE TABLE fresh (a int);
ALTER TABLE fresh RENAME TO stale;
CREATE INDEX stale_a ON stale (a);
