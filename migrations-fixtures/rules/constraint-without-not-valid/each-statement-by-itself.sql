-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration unwrapped
ALTER TABLE acct ADD CONSTRAINT c CHECK (n > 0); --~ error constraint-without-not-valid blocks-reads,blocks-writes,long-scan
