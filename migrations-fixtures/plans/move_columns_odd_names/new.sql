UPDATE "end $$" SET "if" = {text} WHERE state = {id} RETURNING "if" = {text}
UPDATE "end $$" SET "loop" = {n} WHERE state = {id} % 3 + 1 RETURNING "loop" = {n}
UPDATE "end $$" SET extra = {text} WHERE state = {id} RETURNING extra = {text}
UPDATE "Shop"."Weird ""Table""" SET other = {text} WHERE "select" = {id} RETURNING other = {text}
WITH made AS (INSERT INTO "Shop"."Weird ""Table""" ("select", "begin") VALUES ({n}, 'm') ON CONFLICT DO NOTHING RETURNING "select", "begin") INSERT INTO "end $$" (state, "select", "if", "loop") SELECT "select", "begin", {text}, 7 FROM made RETURNING "if" = {text}
INSERT INTO "end $$" (state, "select", "if", "loop") SELECT "select", "begin", {text}, 8 FROM "Shop"."Weird ""Table""" WHERE "select" = {id} FOR KEY SHARE ON CONFLICT (state, "select") DO UPDATE SET "if" = EXCLUDED."if" RETURNING "if" = {text}
DELETE FROM "end $$" WHERE state = {id} AND state > 3
