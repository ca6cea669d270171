INSERT INTO "Hook" (url, x, y) VALUES ({text}, 1, 2) RETURNING url = {text}
UPDATE "Hook" SET url = {text}, x = {n} WHERE id = {id} RETURNING x = {n}
DELETE FROM "Hook" WHERE id = {id}
