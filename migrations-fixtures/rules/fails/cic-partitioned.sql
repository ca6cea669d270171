-- history
CREATE TABLE ev (d date, k int) PARTITION BY RANGE (d);
-- migration unwrapped
CREATE INDEX CONCURRENTLY ev_k ON ev (k); --~ error fails fails
