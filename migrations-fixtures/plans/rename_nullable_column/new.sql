INSERT INTO notes (a, b, content, "Meta Data") VALUES ({n}, {n}, {null}, '{"n": {n}}') ON CONFLICT (a, b) DO UPDATE SET content = {text} RETURNING "Meta Data" IS NOT NULL OR content = {text}
UPDATE notes SET content = {text} WHERE b = {id} RETURNING content = {text}
-- once migrated
UPDATE notes SET content = {null} WHERE b = {id} RETURNING content IS NOT DISTINCT FROM {null}
UPDATE notes SET content = NULL, "Meta Data" = '[{n}]' WHERE b = {id} RETURNING content IS NULL AND "Meta Data"::text = '[{n}]'
UPDATE notes SET "Meta Data" = NULL WHERE b = {id} RETURNING "Meta Data" IS NULL
