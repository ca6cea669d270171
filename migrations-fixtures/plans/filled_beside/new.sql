INSERT INTO posts (id, place_id, label, long) VALUES ({n} + 2000000, 1 + {id} % 100, 'new', true) ON CONFLICT DO NOTHING
UPDATE posts SET label = 'new', long = true WHERE id = {id} RETURNING label = 'new' AND long
