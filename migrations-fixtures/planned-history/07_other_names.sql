ALTER TABLE customers RENAME TO buyers;
ALTER TABLE orders ADD COLUMN number text;
UPDATE orders SET number = 'O-' || id;
ALTER TABLE orders ALTER COLUMN number SET NOT NULL;
