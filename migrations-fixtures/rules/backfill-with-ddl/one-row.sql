-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct ADD COLUMN st2 text;
UPDATE acct SET st2 = 'x' WHERE id = 1;
