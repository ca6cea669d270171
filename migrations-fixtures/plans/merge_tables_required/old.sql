WITH made AS (INSERT INTO items VALUES ('o{n}', 'n') ON CONFLICT DO NOTHING RETURNING sku) INSERT INTO prices SELECT sku, {n} FROM made RETURNING cents = {n}
UPDATE prices SET cents = {n} WHERE sku = 'k{id}' RETURNING cents = {n}
UPDATE prices SET currency = 'GBP' WHERE sku = 'k' || {id} % 3 + 1 RETURNING currency = 'GBP'
UPDATE prices SET cents = {n}, currency = 'CHF' WHERE sku = 'k' || {id} % 3 + 1 RETURNING cents = {n}
UPDATE items SET name = {text} WHERE sku = 'k{id}' RETURNING name = {text}
UPDATE items SET sku = 'z{id}' WHERE sku = 'k{id}' AND {id} > 3 AND NOT EXISTS (SELECT FROM items WHERE sku = 'z{id}')
DELETE FROM items WHERE sku = 'z{id}'
