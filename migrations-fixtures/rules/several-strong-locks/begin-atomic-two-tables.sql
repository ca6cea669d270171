-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration unwrapped
BEGIN;
ALTER TABLE acct ADD COLUMN q int;
ALTER TABLE org ADD COLUMN q int; --~ warning several-strong-locks blocks-reads,blocks-writes
COMMIT;
