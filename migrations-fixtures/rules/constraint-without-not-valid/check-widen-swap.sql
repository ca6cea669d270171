-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
ALTER TABLE acct ADD CONSTRAINT st CHECK (state IN ('a','b'));
-- rows
INSERT INTO acct (id, state) SELECT i, 'a' FROM generate_series(1, 1000) i;
-- migration
ALTER TABLE acct DROP CONSTRAINT st, ADD CONSTRAINT st CHECK (state IN ('a','b','c')); --~ error constraint-without-not-valid blocks-reads,blocks-writes,long-scan
