-- history
CREATE TABLE ev (d date, k int) PARTITION BY RANGE (d);
CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
-- rows
INSERT INTO ev SELECT '2024-01-02', i FROM generate_series(1, 1000) i;
-- migration
CREATE INDEX ev_k ON ev (k); --~ error index-not-concurrent blocks-writes,long-scan
