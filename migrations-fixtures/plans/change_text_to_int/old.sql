INSERT INTO parts (id, size) VALUES ({n} + 5000, {text}) ON CONFLICT DO NOTHING
INSERT INTO parts (id, size) VALUES ({n} + 5000, '{id}') ON CONFLICT (id) DO UPDATE SET size = EXCLUDED.size RETURNING size = '{id}'
UPDATE parts SET size = {null} WHERE id = {id} RETURNING size IS NOT DISTINCT FROM {null}
UPDATE parts SET label = {text} WHERE id = {id} RETURNING label = {text}
DELETE FROM parts WHERE id = {id}
