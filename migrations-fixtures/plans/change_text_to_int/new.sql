INSERT INTO parts (id, size) VALUES ({n} + 2000000, '{id}') ON CONFLICT DO NOTHING
INSERT INTO parts (id) VALUES ({n} + 2000000) ON CONFLICT DO NOTHING
UPDATE parts SET size = '{id}' WHERE id = {id} RETURNING size::text = '{id}'
UPDATE parts SET size = NULL WHERE id = {id} RETURNING size IS NULL
UPDATE parts SET label = {text} WHERE id = {id} RETURNING label = {text}
