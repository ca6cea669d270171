-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration
ALTER TABLE acct
    DROP COLUMN email, --~ warning drop-column destructive,breaks-app
    ADD COLUMN note text,
    DROP COLUMN state; --~ warning drop-column destructive,breaks-app
