-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration unwrapped
BEGIN;
ALTER TABLE acct ADD COLUMN q int;
ALTER TABLE acct ALTER COLUMN q SET DEFAULT 1;
COMMENT ON COLUMN acct.q IS 'x';
COMMIT;
