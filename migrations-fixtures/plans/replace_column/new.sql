INSERT INTO "Document" (id) VALUES ({n} + 1000) ON CONFLICT (id) DO NOTHING
UPDATE "Document" SET note = {text} WHERE id = {id} RETURNING visibility::text <> ''
