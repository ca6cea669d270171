-- history
CREATE TABLE ev (d date) PARTITION BY RANGE (d);
CREATE TABLE e1 (d date, CONSTRAINT b CHECK (d >= '2024-01-01' AND d < '2024-02-01'));
-- rows
INSERT INTO e1 SELECT '2024-01-02' FROM generate_series(1, 1000);
-- migration
ALTER TABLE ev ATTACH PARTITION e1 FOR VALUES FROM ('2024-01-01') TO ('2024-02-01'); --~ error work-under-lock blocks-reads,blocks-writes,long-scan
