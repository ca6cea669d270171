-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
CREATE UNIQUE INDEX u ON acct (email);
-- migration
ALTER TABLE acct ADD CONSTRAINT u UNIQUE USING INDEX u;
