INSERT INTO users (id, age) VALUES ({n} + 1000, 7) ON CONFLICT (id) DO UPDATE SET age = 8
UPDATE users SET age = {id} WHERE id = {id} RETURNING age = {id}
