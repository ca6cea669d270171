-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration unwrapped
ALTER TABLE acct ADD COLUMN slug text;
CREATE UNIQUE INDEX CONCURRENTLY acct_slug ON acct (slug);
