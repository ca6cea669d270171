CREATE TABLE order_totals (order_id bigint PRIMARY KEY REFERENCES orders (id), total int);
INSERT INTO order_totals (order_id, total) SELECT id, total FROM orders;
ALTER TABLE orders DROP COLUMN total;
