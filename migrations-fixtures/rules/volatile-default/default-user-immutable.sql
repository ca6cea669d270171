-- history
CREATE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE AS 'select 1';
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN lvl int DEFAULT one();
