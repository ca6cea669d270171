-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration unwrapped
ALTER TABLE acct ADD COLUMN z int;
UPDATE acct SET z = 0; --~ warning mixed-phases hygiene
ALTER TABLE acct ALTER COLUMN z SET NOT NULL; --~ error set-not-null-scan breaks-app,blocks-reads,blocks-writes,long-scan
