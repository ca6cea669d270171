UPDATE order_extras SET coupon = {text} WHERE order_id = {id} RETURNING coupon = {text}
UPDATE order_extras SET gift = {text} WHERE order_id = {id} % 3 + 1 RETURNING gift = {text}
UPDATE order_extras SET coupon = {text}, gift = NULL WHERE order_id = {id} % 3 + 1 RETURNING coupon = {text}
INSERT INTO order_extras (order_id, gift) SELECT id, {text} FROM orders WHERE id = {id} FOR KEY SHARE ON CONFLICT (order_id) DO UPDATE SET gift = EXCLUDED.gift RETURNING gift = {text}
WITH made AS (INSERT INTO orders (id, state) VALUES ({n} + 2000, 'open') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO order_extras (order_id, coupon) SELECT id, {text} FROM made RETURNING coupon = {text}
UPDATE orders SET state = {text} WHERE id = {id} RETURNING state = {text}
DELETE FROM order_extras WHERE order_id = {id}
