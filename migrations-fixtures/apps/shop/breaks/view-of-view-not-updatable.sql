-- before
CREATE VIEW cheap AS SELECT * FROM products WHERE price_cents < 1000;
CREATE VIEW cheap_in_stock AS SELECT * FROM cheap WHERE stock > 0;

-- change
CREATE OR REPLACE VIEW cheap AS SELECT DISTINCT * FROM products WHERE price_cents < 1000;

-- query
UPDATE cheap_in_stock SET stock = stock - 1 WHERE id = 1;
