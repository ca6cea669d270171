-- history
CREATE TABLE ev (d date) PARTITION BY RANGE (d);
CREATE TABLE ev_def PARTITION OF ev DEFAULT;
-- migration
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2024-02-01') TO ('2024-03-01'); --~ error work-under-lock blocks-reads,blocks-writes,long-scan
