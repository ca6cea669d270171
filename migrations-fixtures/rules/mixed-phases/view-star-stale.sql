-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE VIEW va AS SELECT * FROM acct;
-- migration
ALTER TABLE acct ADD COLUMN note text;
