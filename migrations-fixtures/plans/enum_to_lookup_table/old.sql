INSERT INTO orders (id, state) VALUES ({n} + 5000, 'paid') ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state RETURNING state = 'paid'
INSERT INTO orders (id) VALUES ({n} + 5000) ON CONFLICT DO NOTHING
UPDATE orders SET state = 'sent'::state WHERE id = {id} RETURNING state = 'sent'
UPDATE orders SET note = {text} WHERE id = {id} RETURNING note = {text}
DELETE FROM orders WHERE id = {id}
