INSERT INTO users (name) VALUES ({text}) RETURNING name = {text}
WITH u AS (SELECT id FROM users ORDER BY id DESC LIMIT 1 FOR KEY SHARE) INSERT INTO orders (user_id, referrer) SELECT id, id FROM u RETURNING referrer = user_id
UPDATE orders SET referrer = NULL WHERE id = {id} RETURNING referrer IS NULL
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
DELETE FROM orders WHERE id = {id}
DELETE FROM users WHERE id = {id} AND id % 9 = 0
SELECT count(*) = 0 FROM orders LEFT JOIN users ON users.id = user_id WHERE users.id IS NULL
