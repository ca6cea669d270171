INSERT INTO "User" (id, role) VALUES ({n} + 1500, 'GUEST') ON CONFLICT (id) DO NOTHING
UPDATE "User" SET role = 'ADMIN' WHERE id = {id} RETURNING role = 'ADMIN'
