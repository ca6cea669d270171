UPDATE "Weird ""Table""" SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = ARRAY[{n}.50] WHERE "select" = {id} RETURNING "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = ARRAY[{n}.5]
INSERT INTO "Weird ""Table""" ("select", "begin ""$concertina$""") VALUES ({n} + 9000000, {fresh}) ON CONFLICT DO NOTHING
-- once migrated
INSERT INTO "Weird ""Table""" ("select", "begin ""$concertina$""") VALUES ({n} + 9000000, 'k{id}') ON CONFLICT ("begin ""$concertina$""") DO UPDATE SET "begin ""$concertina$""" = EXCLUDED."begin ""$concertina$"""
