-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int, made timestamp, owner_id bigint);
-- migration
ALTER TABLE acct ADD COLUMN z int DEFAULT 0 NOT NULL;
ALTER TABLE acct ALTER COLUMN z DROP DEFAULT; --~ error required-column-added breaks-app
