CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL, coupon text, gift text);
INSERT INTO orders SELECT i, 'open', CASE WHEN i % 2 = 0 THEN 'c' || i END, CASE WHEN i % 3 = 0 THEN 'g' || i END FROM generate_series(1, 2000) i;
