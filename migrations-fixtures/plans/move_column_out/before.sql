CREATE TABLE orders (id bigint PRIMARY KEY, status text NOT NULL DEFAULT 'open', total int);
INSERT INTO orders SELECT i, 'open', nullif(i % 7, 0) FROM generate_series(1, 2000) i;
