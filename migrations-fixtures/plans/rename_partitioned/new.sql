INSERT INTO events (id, category) VALUES ({id}, {text}) ON CONFLICT (id, at) DO UPDATE SET category = EXCLUDED.category RETURNING category = {text}
UPDATE events SET category = {text} WHERE id = {id} RETURNING category = {text}
DELETE FROM events WHERE id = {id}
