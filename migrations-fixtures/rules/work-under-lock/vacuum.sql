-- history
CREATE TABLE acct (id bigint PRIMARY KEY, email varchar(80), state text, n int);
-- migration unwrapped
VACUUM acct;
