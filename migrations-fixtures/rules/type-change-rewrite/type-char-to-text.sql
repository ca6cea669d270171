-- history
CREATE TABLE iso (code char(3) PRIMARY KEY);
-- migration
ALTER TABLE iso ALTER COLUMN code TYPE text; --~ error type-change-rewrite blocks-reads,blocks-writes,table-rewrite
