INSERT INTO "Shop"."Weird ""Table""" ("select", "begin", "Ä3456789_123456789_123456789_123456789_123456789_123456789_12") VALUES ({n}, 'k', 5) ON CONFLICT ("select", "begin") DO UPDATE SET "if" = 'other' RETURNING "if" IS NOT NULL
UPDATE "Shop"."Weird ""Table""" SET "if" = {text} WHERE "select" = {id} RETURNING "if" = {text}
UPDATE "Shop"."Weird ""Table""" SET "if" = {text}, "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = {n} WHERE "select" = {id} % 3 + 1 RETURNING "if" = {text}
UPDATE "Shop"."Weird ""Table""" SET other = {text} WHERE "select" = {id} RETURNING other = {text}
UPDATE "Shop"."Weird ""Table""" SET "begin" = 'l' WHERE "select" = {id} AND "begin" = 'k' AND NOT EXISTS (SELECT FROM "Shop"."Weird ""Table""" w WHERE w."select" = {id} AND w."begin" = 'l')
DELETE FROM "Shop"."Weird ""Table""" WHERE "select" = {id} AND "select" > 3
