CREATE TABLE k (id bigint PRIMARY KEY, b int, a int);
CREATE STATISTICS s ON b, a FROM k;
CREATE STATISTICS d (dependencies, ndistinct) ON b, (a + 1) FROM k;
INSERT INTO k SELECT i, i % 7, i % 9 FROM generate_series(1, 500) i;
