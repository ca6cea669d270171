ALTER TABLE items ADD COLUMN cents bigint, ADD COLUMN currency char(3) NOT NULL DEFAULT 'EUR';
UPDATE items SET cents = prices.cents, currency = prices.currency FROM prices WHERE items.sku = prices.sku;
ALTER TABLE items ALTER cents SET NOT NULL;
DROP TABLE prices;
