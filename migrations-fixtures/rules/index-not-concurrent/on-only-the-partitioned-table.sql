-- history
CREATE TABLE ev (d date, k int) PARTITION BY RANGE (d);
CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
-- migration
CREATE INDEX ev_k ON ONLY ev (k);
