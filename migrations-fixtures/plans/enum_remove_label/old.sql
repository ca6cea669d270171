INSERT INTO users (id, mood) VALUES ({n} + 1500, 'so-so') ON CONFLICT (id) DO NOTHING
INSERT INTO users (id) VALUES ({n} + 1500) ON CONFLICT (id) DO NOTHING
UPDATE users SET mood = 'bad' WHERE id = {id} RETURNING mood = 'bad'
UPDATE users SET mood = 'so-so' WHERE id = {id} RETURNING mood = 'so-so'
UPDATE "Pets" SET "Mood" = 'so-so' WHERE id = {id} RETURNING "Mood" = 'so-so'
DELETE FROM users WHERE id = {id}
