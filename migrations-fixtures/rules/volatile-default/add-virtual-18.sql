-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration pg=18
ALTER TABLE acct ADD COLUMN n2 int GENERATED ALWAYS AS (n * 2) VIRTUAL;
