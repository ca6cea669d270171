-- history
CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE TABLE b.item (id int, u int);
-- migration
CREATE TABLE a.item (id int);
ALTER TABLE b.item ADD CONSTRAINT u UNIQUE (u); --~ error index-not-concurrent blocks-reads,blocks-writes,long-scan
