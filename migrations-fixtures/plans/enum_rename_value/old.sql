INSERT INTO users (id, mood) VALUES ({n} + 1000, 'good') ON CONFLICT (id) DO NOTHING
UPDATE users SET mood = 'good' WHERE id = {id} RETURNING mood = 'good'
UPDATE users SET mood = 'bad' WHERE id = {id} RETURNING mood = 'bad'
SELECT true FROM happy WHERE id = {id}
