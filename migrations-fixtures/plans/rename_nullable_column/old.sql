INSERT INTO notes VALUES ({n}, {n}, {null}, '{"n": {n}}') ON CONFLICT (a, b) DO UPDATE SET body = EXCLUDED.body RETURNING body IS NOT DISTINCT FROM {null}
INSERT INTO notes (a, b) VALUES ({n}, {n}) ON CONFLICT DO NOTHING
UPDATE notes SET body = {null} WHERE b = {id} RETURNING body IS NOT DISTINCT FROM {null}
UPDATE notes SET body = NULL, meta = '{"a": {n}}' WHERE b = {id} RETURNING body IS NULL AND meta::text = '{"a": {n}}'
UPDATE notes SET meta = NULL WHERE b = {id} RETURNING meta IS NULL
DELETE FROM notes WHERE b = {id} AND a = 3
