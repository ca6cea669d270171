INSERT INTO users VALUES ({n} + 1000, -1) ON CONFLICT (id) DO NOTHING
UPDATE users SET age = {id} WHERE id = {id} RETURNING age = {id}
