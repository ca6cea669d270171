INSERT INTO items (sku, name, cents) VALUES ('n{n}', 'n', {n}) ON CONFLICT (sku) DO UPDATE SET cents = EXCLUDED.cents RETURNING cents = {n}
UPDATE items SET cents = {n} WHERE sku = 'k{id}' RETURNING cents = {n}
UPDATE items SET currency = 'JPY' WHERE sku = 'k' || {id} % 3 + 1 RETURNING currency = 'JPY'
UPDATE items SET cents = {n}, currency = 'SEK' WHERE sku = 'k' || {id} % 3 + 1 RETURNING cents = {n}
UPDATE items SET name = {text} WHERE sku = 'k{id}' RETURNING name = {text}
DELETE FROM items WHERE sku = 'n{n}'
