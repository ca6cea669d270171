CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL, CONSTRAINT "State?" CHECK (state IN ('open', 'paid')));
INSERT INTO orders SELECT i, 'open' FROM generate_series(1, 1000) i;
