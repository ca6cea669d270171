-- history
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (a_id int REFERENCES a(id));
-- migration
ALTER TABLE a ALTER COLUMN id TYPE bigint; --~ error type-change-rewrite blocks-reads,blocks-writes,table-rewrite,long-scan
