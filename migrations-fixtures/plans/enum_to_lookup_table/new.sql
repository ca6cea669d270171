INSERT INTO orders (id, state) VALUES ({n} + 2000000, 'paid') ON CONFLICT DO NOTHING
INSERT INTO orders (id) VALUES ({n} + 2000000) ON CONFLICT DO NOTHING
UPDATE orders SET state = 'sent' WHERE id = {id} RETURNING state::text = 'sent'
SELECT state::text = 'sent' FROM orders WHERE id = {id} AND state = 'sent'
