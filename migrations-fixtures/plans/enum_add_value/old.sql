INSERT INTO users (id) VALUES ({n} + 1000) ON CONFLICT (id) DO NOTHING
UPDATE users SET mood = 'bad' WHERE id = {id} RETURNING mood = 'bad'
SELECT mood::text IN ('good', 'bad') FROM users WHERE id = {id}
