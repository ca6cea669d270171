INSERT INTO "Document" (id, visibility) VALUES ({n} + 1000, 'some') ON CONFLICT (id) DO NOTHING
UPDATE "Document" SET note = {text} WHERE id = {id} RETURNING visibility IS NOT NULL
