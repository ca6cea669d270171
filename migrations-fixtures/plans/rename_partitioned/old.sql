INSERT INTO events (id, kind) VALUES ({id}, {text}) ON CONFLICT (id, at) DO UPDATE SET kind = EXCLUDED.kind RETURNING kind = {text}
UPDATE events SET kind = {text} WHERE id = {id} RETURNING kind = {text}
UPDATE events SET id = {n} + 1000, at = at + 100 WHERE id = {id} RETURNING id = {n} + 1000
DELETE FROM events WHERE id = {id}
