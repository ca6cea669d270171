INSERT INTO users (id, tier, name) VALUES ({n} + 1000, 'free', {text}) ON CONFLICT (id) DO NOTHING
UPDATE users SET tier = 'paid' WHERE id = {id} RETURNING tier = 'paid'
