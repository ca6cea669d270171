INSERT INTO orders VALUES ({n} + 1000, 'open') ON CONFLICT (id) DO UPDATE SET state = 'open'
UPDATE orders SET state = 'paid' WHERE id = {id} RETURNING state = 'paid'
