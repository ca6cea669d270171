INSERT INTO orders (id, amount, vat, total) VALUES ({n} + 2000, {n}, 10, round({n} * 1.1, 2)) ON CONFLICT (id) DO UPDATE SET amount = 1, vat = 0, total = 1 RETURNING total = round(amount * (1 + vat / 100), 2)
UPDATE orders SET amount = {n}, vat = 5, total = round({n} * 1.05, 2) WHERE id = {id} RETURNING total = round({n} * 1.05, 2)
UPDATE orders SET state = {text} WHERE id = {id} RETURNING state = {text}
