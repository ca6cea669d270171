SET search_path TO app, public;
ALTER TABLE k RENAME COLUMN name TO title;
CREATE INDEX k_title ON k (title);
DROP INDEX k_age;
ALTER TABLE k ADD COLUMN note text;
SET CONSTRAINTS ALL IMMEDIATE;
