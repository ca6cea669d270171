INSERT INTO "Weird ""Table""" ("ON ""x""", "order") VALUES ({id}, {text}) RETURNING "ON ""x""" = {id}
INSERT INTO "Weird ""Table""" ("order") VALUES ({text}) RETURNING "ON ""x""" = 1 AND "select" > 0
UPDATE "Weird ""Table""" SET a23456789_123456789_123456789_123456789_123456789_123456789_123 = '2024-05-06', "ON ""x""" = 3 WHERE "select" = {id} RETURNING "ON ""x""" = 3
DELETE FROM "Weird ""Table""" WHERE "select" = {id}
