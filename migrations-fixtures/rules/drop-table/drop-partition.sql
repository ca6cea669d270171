-- history
CREATE TABLE ev (d date) PARTITION BY RANGE (d);
CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
-- migration
DROP TABLE ev1; --~ warning drop-table destructive,breaks-app
