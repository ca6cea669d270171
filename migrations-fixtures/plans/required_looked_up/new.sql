INSERT INTO posts (id, place_id, region) SELECT {n} + 2000000, id, region FROM places WHERE id = 1 + {id} % 100 ON CONFLICT DO NOTHING
UPDATE posts SET label = {text} WHERE id = {id} RETURNING label = {text}
UPDATE posts p SET place_id = s.id, region = s.region FROM places s WHERE s.id = 1 + {id} % 80 AND p.id = {id} RETURNING p.region = s.region
