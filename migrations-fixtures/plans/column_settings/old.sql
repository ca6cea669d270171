INSERT INTO users (id, name, age) VALUES ({id}, {text}, 7) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, age = 7 RETURNING name = {text}
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
UPDATE users SET age = {n} WHERE id = {id} RETURNING age = {n}
DELETE FROM users WHERE id = {id}
