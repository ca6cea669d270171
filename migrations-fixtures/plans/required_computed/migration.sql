ALTER TABLE orders ADD COLUMN total numeric(12, 2) CHECK (total >= 0);
-- The same sum as the application's.
UPDATE orders SET total = round(orders.amount * (1 + coalesce(vat, 0) / 100), 2);
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
CREATE INDEX orders_total ON orders (total);
