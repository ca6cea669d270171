UPDATE customers SET country = 'fr' WHERE country IS NULL;
ALTER TABLE customers ALTER COLUMN country SET NOT NULL;
ALTER TABLE customers ADD CONSTRAINT customers_name UNIQUE (full_name, country);
ALTER TABLE orders DROP CONSTRAINT orders_total_check;
ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total > -1);
