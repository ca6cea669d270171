SELECT items.sku FROM items LEFT JOIN prices ON prices.sku = items.sku WHERE items.cents IS DISTINCT FROM prices.cents OR items.currency IS DISTINCT FROM prices.currency;
