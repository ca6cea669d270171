INSERT INTO users (id, mood) VALUES ({n} + 1500, 'good') ON CONFLICT (id) DO NOTHING
UPDATE users SET mood = 'good' WHERE id = {id} RETURNING mood = 'good'
UPDATE "Pets" SET "Mood" = 'bad' WHERE id = {id} RETURNING "Mood" = 'bad'
SELECT true FROM users WHERE mood = 'bad' AND id = {id}
