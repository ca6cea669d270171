-- history
CREATE SCHEMA app;
CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'select clock_timestamp()';
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN seen timestamptz DEFAULT app.now(); --~ error volatile-default blocks-reads,blocks-writes,table-rewrite
