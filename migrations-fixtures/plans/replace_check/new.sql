INSERT INTO orders VALUES ({n} + 1000, 'sent', 1) ON CONFLICT (id) DO UPDATE SET state = 'sent'
UPDATE orders SET state = 'sent' WHERE id = {id} RETURNING state = 'sent'
UPDATE orders SET state = 'late', total = NULL WHERE id = {id} RETURNING state = 'late'
