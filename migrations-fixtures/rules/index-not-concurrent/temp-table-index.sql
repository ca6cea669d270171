-- migration
CREATE TEMP TABLE tt (a int);
CREATE INDEX ON tt (a);
