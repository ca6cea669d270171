UPDATE order_totals SET total = {n} WHERE order_id = {id} RETURNING total = {n}
UPDATE order_totals SET total = {n} WHERE order_id = {id} % 3 + 1 RETURNING total = {n}
UPDATE order_totals SET total = {n} WHERE order_id BETWEEN {id} AND {id} + 3 RETURNING total = {n}
UPDATE orders SET status = {text} WHERE id = {id} RETURNING status = {text}
WITH made AS (INSERT INTO orders (id) VALUES ({n} + 2000) ON CONFLICT DO NOTHING RETURNING id) INSERT INTO order_totals (order_id, total) SELECT id, 3 FROM made RETURNING total = 3
INSERT INTO order_totals (order_id, total) SELECT id, {n} FROM orders WHERE id = {id} FOR KEY SHARE ON CONFLICT (order_id) DO UPDATE SET total = EXCLUDED.total RETURNING total = {n}
INSERT INTO order_totals (order_id) SELECT id FROM orders WHERE id = {id} FOR UPDATE ON CONFLICT (order_id) DO NOTHING
DELETE FROM order_totals WHERE order_id = {id}
WITH gone AS (DELETE FROM order_totals WHERE order_id = {n} % 500000 + 2000 RETURNING order_id) DELETE FROM orders WHERE id IN (SELECT order_id FROM gone)
-- once migrated
SELECT count(*) <= 1 FROM order_totals JOIN orders ON orders.id = order_id WHERE order_id = {id}
