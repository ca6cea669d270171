INSERT INTO orders (customer_id) SELECT id FROM users WHERE id = {id} FOR SHARE RETURNING customer_id = {id}
UPDATE orders SET customer_id = 2 WHERE id = {id} RETURNING customer_id = 2
-- once migrated
SELECT customer_id IS NOT NULL FROM orders WHERE id = {id}
