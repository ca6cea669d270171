INSERT INTO users VALUES ({n} + 1000, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING name = {text}
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
DELETE FROM users WHERE id = {id}
