INSERT INTO users (id, name, locale, active) VALUES ({n} + 1000, {text}, 'de', false) ON CONFLICT (id) DO UPDATE SET locale = 'fr' RETURNING locale IN ('fr', 'de')
UPDATE users SET locale = 'it', active = {n} % 2 = 0 WHERE id = {id} RETURNING locale = 'it'
