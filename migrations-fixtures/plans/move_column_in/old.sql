UPDATE profiles SET bio = {null} WHERE user_id = {id} RETURNING bio IS NOT DISTINCT FROM {null}
UPDATE profiles SET bio = {text}, visits = {n} WHERE user_id = {id} % 3 + 1 RETURNING visits = {n}
UPDATE profiles SET visits = visits + 1 WHERE user_id BETWEEN {id} AND {id} + 3 RETURNING visits > 0
UPDATE profiles SET theme = {text} WHERE user_id = {id} RETURNING theme = {text}
INSERT INTO profiles (user_id, bio) SELECT id, {text} FROM users WHERE id = {id} ON CONFLICT (user_id) DO UPDATE SET bio = EXCLUDED.bio RETURNING bio = {text}
WITH made AS (INSERT INTO users (id, name) VALUES ({n} + 2000, {text}) ON CONFLICT DO NOTHING RETURNING id) INSERT INTO profiles (user_id, bio, visits) SELECT id, {text}, 9 FROM made RETURNING bio = {text}
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
DELETE FROM profiles WHERE user_id = {id}
