UPDATE users SET bio = {text} WHERE id = {id} RETURNING bio = {text}
UPDATE users SET bio = {text}, visits = {n} WHERE id = {id} % 3 + 1 RETURNING visits = {n}
UPDATE users SET visits = {n} WHERE id BETWEEN {id} AND {id} + 3 RETURNING visits = {n}
UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text}
UPDATE profiles SET theme = {text} WHERE user_id = {id} RETURNING theme = {text}
INSERT INTO users (id, name, bio) VALUES ({n} + 2000, {text}, {text}) ON CONFLICT (id) DO UPDATE SET bio = EXCLUDED.bio RETURNING bio = {text}
INSERT INTO profiles (user_id, theme) SELECT id, {text} FROM users WHERE id = {id} ON CONFLICT (user_id) DO UPDATE SET theme = EXCLUDED.theme RETURNING theme = {text}
DELETE FROM users WHERE id = {n} % 500000 + 2000
-- once migrated
SELECT name IS NOT NULL FROM users WHERE id = {id}
