INSERT INTO users (id, full_name) VALUES ({id}, {text}) ON CONFLICT (id) DO UPDATE SET full_name = EXCLUDED.full_name RETURNING full_name = {text} AND initial = left({text}, 1)
INSERT INTO users (id) VALUES ({n} + 1000) ON CONFLICT (id) DO NOTHING RETURNING full_name = 'none'
UPDATE users SET full_name = {text} WHERE id = {id} RETURNING initial = left({text}, 1)
UPDATE people SET name = {text} WHERE id = {id} RETURNING name = {text}
UPDATE users SET seat = 'empty' WHERE id = {id} RETURNING isempty(seat)
DELETE FROM users WHERE id = {id}
SELECT name IS NOT NULL FROM people WHERE id = {id}
