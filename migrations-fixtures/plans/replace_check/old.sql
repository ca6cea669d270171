INSERT INTO orders VALUES ({n} + 1000, 'open', 1) ON CONFLICT (id) DO UPDATE SET state = 'open', total = 2
UPDATE orders SET state = 'paid' WHERE id = {id} RETURNING state = 'paid'
UPDATE orders SET state = 'open' WHERE id = {id} RETURNING state = 'open'
DELETE FROM orders WHERE id = {id}
