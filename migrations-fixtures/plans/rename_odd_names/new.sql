UPDATE "Weird ""Table""" SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = ARRAY[{n}.50] WHERE "select" = {id} RETURNING "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = ARRAY[{n}.5]
INSERT INTO "Weird ""Table""" ("select", "begin ""$concertina$""") VALUES (9000000 + (random() * 2000000000)::int, {fresh}) ON CONFLICT DO NOTHING
-- once migrated
INSERT INTO "Weird ""Table""" ("select", "begin ""$concertina$""") VALUES (9000000 + (random() * 2000000000)::int, 'k{id}') ON CONFLICT ("begin ""$concertina$""") DO UPDATE SET "begin ""$concertina$""" = EXCLUDED."begin ""$concertina$"""
