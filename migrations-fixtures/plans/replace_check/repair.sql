UPDATE orders SET state = 'paid' WHERE state = 'open' AND total IS NOT NULL;
