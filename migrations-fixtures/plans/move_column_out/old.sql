INSERT INTO orders (id, total) VALUES ({n} + 2000, 5) ON CONFLICT (id) DO UPDATE SET total = EXCLUDED.total RETURNING total = 5
INSERT INTO orders (id) VALUES ({id}) ON CONFLICT (id) DO NOTHING
UPDATE orders SET total = {n} WHERE id = {id} RETURNING total = {n}
UPDATE orders SET total = {n} WHERE id = {id} % 3 + 1 RETURNING total = {n}
UPDATE orders SET total = NULL WHERE id = {id} RETURNING total IS NULL
UPDATE orders SET total = {n} WHERE id BETWEEN {id} AND {id} + 3 RETURNING total = {n}
UPDATE orders SET status = {text} WHERE id = {id} RETURNING status = {text}
DELETE FROM orders WHERE id = {id} AND id > 3
DELETE FROM orders WHERE id = {n} % 500000 + 2000
COPY orders (id, total) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},7
