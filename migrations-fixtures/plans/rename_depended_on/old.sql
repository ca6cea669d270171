INSERT INTO users (id, name) VALUES ({id}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING name = {text} AND initial = left({text}, 1)
INSERT INTO users (id) VALUES ({n} + 1000) ON CONFLICT (id) DO NOTHING RETURNING name = 'none'
UPDATE users SET name = {text} WHERE id = {id} RETURNING initial = left({text}, 1)
UPDATE people SET name = {text} WHERE id = {id} RETURNING name = {text}
UPDATE users SET room = 'empty' WHERE id = {id} RETURNING isempty(room)
DELETE FROM users WHERE id = {id}
SELECT name IS NOT NULL FROM people WHERE id = {id}
