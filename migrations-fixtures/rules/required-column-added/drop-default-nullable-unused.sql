-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
ALTER TABLE acct ALTER COLUMN n SET DEFAULT 0;
-- migration
ALTER TABLE acct ALTER COLUMN n DROP DEFAULT;
