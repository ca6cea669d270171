CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL CONSTRAINT orders_state_check CHECK (state IN ('open', 'paid')), total int);
INSERT INTO orders SELECT i, 'open', i FROM generate_series(1, 1000) i;
