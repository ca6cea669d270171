-- history
CREATE TABLE k (a bigint);
CREATE UNIQUE INDEX ka ON k (a);
-- migration
ALTER TABLE k ADD PRIMARY KEY USING INDEX ka; --~ error set-not-null-scan blocks-reads,blocks-writes,long-scan
