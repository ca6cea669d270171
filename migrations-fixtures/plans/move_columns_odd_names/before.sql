CREATE SCHEMA "Shop";
CREATE TABLE "Shop"."Weird ""Table""" ("select" int, "begin" text, "if" varchar(40) NOT NULL DEFAULT 'it''s', "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" numeric(10, 2) NOT NULL, other text, PRIMARY KEY ("select", "begin"));
INSERT INTO "Shop"."Weird ""Table""" SELECT i, 'k', 'v' || i, i, 'o' FROM generate_series(1, 1000) i;
