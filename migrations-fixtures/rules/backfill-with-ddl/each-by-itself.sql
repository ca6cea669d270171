-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration unwrapped
ALTER TABLE acct ADD COLUMN st2 text;
UPDATE acct SET st2 = state; --~ warning mixed-phases hygiene
