INSERT INTO orders (id, amount, vat) VALUES ({n} + 2000, {n}, NULL) ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount RETURNING amount = {n}
UPDATE orders SET amount = {n} WHERE id = {id} RETURNING amount = {n}
UPDATE orders SET vat = NULL WHERE id = {id} RETURNING vat IS NULL
UPDATE orders SET state = {text} WHERE id = {id} RETURNING state = {text}
DELETE FROM orders WHERE id = {id}
COPY orders (id, amount) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},{n}
