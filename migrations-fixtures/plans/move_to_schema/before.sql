CREATE SCHEMA archive; CREATE TABLE "Old Users" ("Id" int PRIMARY KEY, name text, "No" serial); INSERT INTO "Old Users" SELECT i, 'n' FROM generate_series(1, 400) i;
