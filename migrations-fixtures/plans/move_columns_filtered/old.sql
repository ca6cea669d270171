INSERT INTO orders VALUES ({n} + 2000, 'open', {null}) ON CONFLICT (id) DO UPDATE SET coupon = EXCLUDED.coupon RETURNING coupon IS NOT DISTINCT FROM {null}
UPDATE orders SET coupon = {null} WHERE id = {id} RETURNING coupon IS NOT DISTINCT FROM {null}
UPDATE orders SET gift = {null} WHERE id = {id} % 3 + 1 RETURNING gift IS NOT DISTINCT FROM {null}
UPDATE orders SET coupon = {text}, gift = {null} WHERE id = {id} % 3 + 1 RETURNING coupon = {text}
UPDATE orders SET coupon = NULL, gift = NULL WHERE id BETWEEN {id} AND {id} + 3 RETURNING coupon IS NULL
UPDATE orders SET state = {text} WHERE id = {id} RETURNING state = {text}
UPDATE orders SET id = id + 5000 WHERE id = {id} AND id > 3 AND NOT EXISTS (SELECT FROM orders o WHERE o.id = orders.id + 5000)
DELETE FROM orders WHERE id = {id} + 5000
