INSERT INTO users (id, mood) VALUES ({n} + 1000, 'good') ON CONFLICT (id) DO NOTHING
UPDATE users SET mood = 'bad' WHERE id = {id} AND mood <> 'it''s calm' RETURNING mood = 'bad'
