INSERT INTO orders SELECT {n} + 2000, id FROM users WHERE id = {id} FOR SHARE ON CONFLICT (id) DO UPDATE SET user_id = 3 RETURNING user_id IN (3, {id})
DELETE FROM orders WHERE id = {id}
