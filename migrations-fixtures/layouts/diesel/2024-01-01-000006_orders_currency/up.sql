ALTER TABLE orders ADD COLUMN currency character(3) NOT NULL DEFAULT 'EUR';
