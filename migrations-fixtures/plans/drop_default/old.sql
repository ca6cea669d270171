INSERT INTO users (id, name) VALUES ({n} + 1000, {text}) ON CONFLICT (id) DO NOTHING
UPDATE users SET tier = 'paid' WHERE id = {id} RETURNING tier = 'paid'
