INSERT INTO users (id, full_name, age) VALUES ({id}, {text}, 7) ON CONFLICT (id) DO UPDATE SET full_name = EXCLUDED.full_name, age = 7 RETURNING full_name = {text}
UPDATE users SET full_name = {text} WHERE id = {id} RETURNING full_name = {text}
UPDATE users SET age = {n} WHERE id = {id} RETURNING age = {n}
DELETE FROM users WHERE id = {id}
