-- history
CREATE TABLE bk (r int, d tsrange);
-- migration
ALTER TABLE bk ADD CONSTRAINT x EXCLUDE USING gist (d WITH &&); --~ error index-not-concurrent blocks-reads,blocks-writes,long-scan
