CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric NOT NULL, vat numeric, state text NOT NULL DEFAULT 'new');
INSERT INTO orders SELECT i, i, nullif(i % 5, 0) FROM generate_series(1, 2000) i;
