INSERT INTO posts (id, place_id, title) VALUES ({n} + 5000, 1 + {id} % 100, {text}) ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title RETURNING title = {text}
UPDATE posts SET place_id = 1 + {id} % 90 WHERE id = {id} RETURNING place_id = 1 + {id} % 90
UPDATE posts SET title = {null} WHERE id = {id} RETURNING title IS NOT DISTINCT FROM {null}
DELETE FROM posts WHERE id = {id}
