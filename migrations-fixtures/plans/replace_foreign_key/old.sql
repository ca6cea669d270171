INSERT INTO posts VALUES ({n} + 1000, 401 + {id} / 10, {text}) ON CONFLICT DO NOTHING
UPDATE posts SET title = {text} WHERE id = {id} RETURNING title = {text}
WITH gone AS (DELETE FROM posts WHERE user_id = {id}) SELECT true
DELETE FROM users WHERE id = {id} AND id < 400 AND NOT EXISTS (SELECT FROM posts WHERE user_id = users.id)
