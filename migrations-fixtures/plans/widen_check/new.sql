INSERT INTO orders VALUES ({n} + 1000, 'sent') ON CONFLICT (id) DO UPDATE SET state = 'sent'
UPDATE orders SET state = 'sent' WHERE id = {id} RETURNING state = 'sent'
