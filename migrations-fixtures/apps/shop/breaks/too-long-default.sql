-- before
ALTER TABLE products ADD COLUMN note text DEFAULT 'a long note';

-- change
ALTER TABLE products ALTER COLUMN note TYPE varchar(5) USING NULL;

-- query
INSERT INTO products (sku, title, description, price_cents) VALUES ('s', 't', 'd', 1);
