ALTER TABLE orders ADD COLUMN country text;
UPDATE orders SET country = c.country FROM customers c WHERE c.id = orders.customer_id;
ALTER TABLE orders ALTER COLUMN country SET NOT NULL;
CREATE INDEX orders_country ON orders (country, id DESC);
