-- history
CREATE TABLE ev (d date) PARTITION BY RANGE (d);
CREATE TABLE e1 (d date, CONSTRAINT b CHECK (d >= '2024-01-01' AND d < '2024-02-01'));
-- migration
ALTER TABLE ev ATTACH PARTITION e1 FOR VALUES FROM ('2024-01-01') TO ('2024-02-01'); --~ error work-under-lock blocks-reads,blocks-writes,long-scan
