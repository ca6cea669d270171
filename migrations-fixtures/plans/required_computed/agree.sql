SELECT * FROM orders WHERE total IS DISTINCT FROM round(amount * (1 + coalesce(vat, 0) / 100), 2);
