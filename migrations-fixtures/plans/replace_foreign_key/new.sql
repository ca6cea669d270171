INSERT INTO posts VALUES ({n} + 1000, 401 + {id} / 10, {text}) ON CONFLICT DO NOTHING
UPDATE posts SET title = {text} WHERE id = {id} RETURNING title = {text}
