-- history
CREATE TABLE ev (d date) PARTITION BY RANGE (d);
CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
-- migration unwrapped
BEGIN;
ALTER TABLE ev DETACH PARTITION ev1 CONCURRENTLY; --~ error concurrently-in-transaction fails-in-transaction
COMMIT;
