INSERT INTO users VALUES ({id}) ON CONFLICT DO NOTHING
INSERT INTO orders (user_id, referrer) SELECT id, id FROM users WHERE id = {id} FOR SHARE RETURNING user_id = {id}
UPDATE orders SET user_id = 1 WHERE id = {id} AND user_id <> 5 RETURNING user_id = 1
DELETE FROM users WHERE id = {id} AND id > 300
DELETE FROM orders WHERE id = {id}
