CREATE TABLE "end $$" (state int, "select" text, "if" varchar(40) NOT NULL, "loop" numeric(10, 2) NOT NULL, extra text DEFAULT 'x', PRIMARY KEY ("select", state));
INSERT INTO "end $$" ("select", state, "loop", "if") SELECT "begin", "select", "Ä3456789_123456789_123456789_123456789_123456789_123456789_12", "if" FROM "Shop"."Weird ""Table""";
ALTER TABLE "Shop"."Weird ""Table""" DROP COLUMN "Ä3456789_123456789_123456789_123456789_123456789_123456789_12", DROP "if";
