-- == weird_table_select_expand ==
-- concertina: phase expand

-- A second column for Weird "Table".select as bigint. The trigger makes it follow what releases
-- write into the first.
ALTER TABLE public."Weird ""Table""" ADD COLUMN "concertina_Weird ""Table""_select_new" bigint;
CREATE FUNCTION public."concertina_Weird ""Table""_select_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Weird ""Table""_select_new" := NEW."select";
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Weird ""Table""_select_sync" BEFORE INSERT OR UPDATE OF "select" ON public."Weird ""Table"""
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Weird ""Table""_select_sync"();

-- A second column for Weird "Table".ON "x" as integer. The trigger makes it follow what releases
-- write into the first.
ALTER TABLE public."Weird ""Table""" ADD COLUMN "concertina_Weird ""Table""_ON ""x""_new" integer;
CREATE FUNCTION public."concertina_Weird ""Table""_ON ""x""_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Weird ""Table""_ON ""x""_new" := NEW."ON ""x""";
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Weird ""Table""_ON ""x""_sync" BEFORE INSERT OR UPDATE OF "select", "ON ""x""" ON public."Weird ""Table"""
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Weird ""Table""_ON ""x""_sync"();

-- A second column for Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123
-- as timestamp with time zone. The trigger makes it follow what releases write into the first; a
-- value that cannot be converted leaves it NULL and stops nobody.
ALTER TABLE public."Weird ""Table""" ADD COLUMN "concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" timestamp with time zone;
CREATE FUNCTION public."concertina_Weird ""Table""_a23456789_123456789_123456_3804f8a7"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" := (SELECT a23456789_123456789_123456789_123456789_123456789_123456789_123 AT TIME ZONE 'UTC' FROM (SELECT NEW.*) AS "Weird ""Table""");
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  NEW."concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" := NULL;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Weird ""Table""_a23456789_123456789_123456_3804f8a7" BEFORE INSERT OR UPDATE OF "select", a23456789_123456789_123456789_123456789_123456789_123456789_123 ON public."Weird ""Table"""
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Weird ""Table""_a23456789_123456789_123456_3804f8a7"();

-- == weird_table_select_backfill ==
-- concertina: phase migrate

-- Fills Weird "Table".concertina_Weird "Table"_select_new in the rows that were there before the
-- trigger.
-- concertina: batch
UPDATE public."Weird ""Table""" SET "concertina_Weird ""Table""_select_new" = "select" WHERE "concertina_Weird ""Table""_select_new" IS NULL AND "select" IS NOT NULL;

-- == weird_table_on_x_backfill ==
-- concertina: phase migrate

-- Fills Weird "Table".concertina_Weird "Table"_ON "x"_new in the rows that were there before the
-- trigger.
-- concertina: batch
UPDATE public."Weird ""Table""" SET "concertina_Weird ""Table""_ON ""x""_new" = "ON ""x""" WHERE "concertina_Weird ""Table""_ON ""x""_new" IS NULL AND "ON ""x""" IS NOT NULL;

-- == weird_table_a23456789_123456789_123456789_123456789_12345678_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the trigger, which converts them: what cannot be
-- converted stays for later.
-- concertina: batch
UPDATE public."Weird ""Table""" SET a23456789_123456789_123456789_123456789_123456789_123456789_123 = a23456789_123456789_123456789_123456789_123456789_123456789_123 WHERE "concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" IS NULL;

-- == weird_table_on_x_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index Größe ON for Weird "Table".ON "x".
CREATE INDEX CONCURRENTLY "concertina_Weird ""Table""_Größe ON_copy" ON public."Weird ""Table""" ("concertina_Weird ""Table""_ON ""x""_new", "concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" DESC) WHERE "concertina_Weird ""Table""_ON ""x""_new" > 2;

-- == weird_table_select_constraints ==
-- concertina: phase migrate

-- Declares the second Weird "Table".select as required: every row written from now on has it.
ALTER TABLE public."Weird ""Table""" ADD CONSTRAINT "concertina_Weird ""Table""_select_not_null" CHECK ("concertina_Weird ""Table""_select_new" IS NOT NULL) NOT VALID;

-- Declares the second Weird "Table".ON "x" as required: every row written from now on has it.
ALTER TABLE public."Weird ""Table""" ADD CONSTRAINT "concertina_Weird ""Table""_ON ""x""_not_null" CHECK ("concertina_Weird ""Table""_ON ""x""_new" IS NOT NULL) NOT VALID;

-- == weird_table_select_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Weird ""Table""" VALIDATE CONSTRAINT "concertina_Weird ""Table""_select_not_null";

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Weird ""Table""" VALIDATE CONSTRAINT "concertina_Weird ""Table""_ON ""x""_not_null";

-- == weird_table_a23456789_123456789_123456789_123456789_12345678_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on a value of Weird
-- "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 that cannot be converted
-- is refused.
CREATE OR REPLACE FUNCTION public."concertina_Weird ""Table""_a23456789_123456789_123456_3804f8a7"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" := (SELECT a23456789_123456789_123456789_123456789_123456789_123456789_123 AT TIME ZONE 'UTC' FROM (SELECT NEW.*) AS "Weird ""Table""");
  RETURN NEW;
END
$concertina$;

-- == weird_table_a23456789_123456789_123456789_123456789_12345678_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- What was left: PostgreSQL names the first value of Weird
-- "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 that cannot be converted.
-- concertina: batch
UPDATE public."Weird ""Table""" SET "concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" = (a23456789_123456789_123456789_123456789_123456789_123456789_123 AT TIME ZONE 'UTC') WHERE "concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" IS NULL;

-- == weird_table_on_x_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check Weird "Table"_ON "x"_check for Weird "Table".ON "x": the rows that are there are not
-- read yet.
ALTER TABLE public."Weird ""Table""" ADD CONSTRAINT "concertina_Weird ""Table""_Weird ""Table""_ON ""x""_check_copy" CHECK ("concertina_Weird ""Table""_ON ""x""_new" >= 0) NOT VALID;

-- == weird_table_select_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The index Weird "Table"_pkey for Weird "Table".select.
CREATE UNIQUE INDEX CONCURRENTLY "concertina_Weird ""Table""_Weird ""Table""_pkey_copy" ON public."Weird ""Table""" ("concertina_Weird ""Table""_select_new");

-- == weird_table_on_x_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Weird ""Table""" VALIDATE CONSTRAINT "concertina_Weird ""Table""_Weird ""Table""_ON ""x""_check_copy";

-- == weird_table_select_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes Weird "Table".select, ON "x",
-- a23456789_123456789_123456789_123456789_123456789_123456789_123 as it will be: the second column
-- takes the place and the names of the first.
DROP TRIGGER "zz_concertina_Weird ""Table""_select_sync" ON public."Weird ""Table""";
DROP FUNCTION public."concertina_Weird ""Table""_select_sync"();
ALTER TABLE public."Weird ""Table""" ALTER COLUMN "concertina_Weird ""Table""_select_new" SET NOT NULL;
ALTER TABLE public."Weird ""Table""" DROP CONSTRAINT "concertina_Weird ""Table""_select_not_null";
ALTER TABLE public."Weird ""Table""" ALTER COLUMN "concertina_Weird ""Table""_select_new" ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public."concertina_Weird ""Table""_select_seq");
SELECT setval('public."concertina_Weird ""Table""_select_seq"', last_value, is_called) FROM public."Weird ""Table""_select_seq";
DROP TRIGGER "zz_concertina_Weird ""Table""_ON ""x""_sync" ON public."Weird ""Table""";
DROP FUNCTION public."concertina_Weird ""Table""_ON ""x""_sync"();
ALTER TABLE public."Weird ""Table""" ALTER COLUMN "concertina_Weird ""Table""_ON ""x""_new" SET DEFAULT 1;
ALTER TABLE public."Weird ""Table""" ALTER COLUMN "concertina_Weird ""Table""_ON ""x""_new" SET NOT NULL;
ALTER TABLE public."Weird ""Table""" DROP CONSTRAINT "concertina_Weird ""Table""_ON ""x""_not_null";
DROP TRIGGER "zz_concertina_Weird ""Table""_a23456789_123456789_123456_3804f8a7" ON public."Weird ""Table""";
DROP FUNCTION public."concertina_Weird ""Table""_a23456789_123456789_123456_3804f8a7"();
ALTER TABLE public."Weird ""Table""" DROP COLUMN "select";
ALTER TABLE public."Weird ""Table""" DROP COLUMN "ON ""x""";
ALTER TABLE public."Weird ""Table""" DROP COLUMN a23456789_123456789_123456789_123456789_123456789_123456789_123;
ALTER SEQUENCE public."concertina_Weird ""Table""_select_seq" RENAME TO "Weird ""Table""_select_seq";
ALTER TABLE public."Weird ""Table""" RENAME COLUMN "concertina_Weird ""Table""_select_new" TO "select";
ALTER TABLE public."Weird ""Table""" RENAME COLUMN "concertina_Weird ""Table""_ON ""x""_new" TO "ON ""x""";
ALTER TABLE public."Weird ""Table""" RENAME COLUMN "concertina_Weird ""Table""_a23456789_123456789_123456_4a9b0f6f" TO a23456789_123456789_123456789_123456789_123456789_123456789_123;
ALTER TABLE public."Weird ""Table""" RENAME CONSTRAINT "concertina_Weird ""Table""_Weird ""Table""_ON ""x""_check_copy" TO "Weird ""Table""_ON ""x""_check";
ALTER TABLE public."Weird ""Table""" ADD CONSTRAINT "Weird ""Table""_pkey" PRIMARY KEY USING INDEX "concertina_Weird ""Table""_Weird ""Table""_pkey_copy";
ALTER INDEX public."concertina_Weird ""Table""_Größe ON_copy" RENAME TO "Größe ON";

-- N: reads and writes Weird "Table".select as integer; the database keeps a second column of the new type; reads and writes Weird "Table".ON "x" as smallint; the database keeps a second column of the new type; reads and writes Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 as timestamp without time zone; the database keeps a second column of the new type
-- N+1: takes Weird "Table".select as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; takes Weird "Table".ON "x" as smallint and as integer: the contract phase changes it under its feet, when no instance below N+1 is alive; takes Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 as timestamp without time zone and as timestamp with time zone: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write values of Weird "Table".select that only bigint can hold; may write values of Weird "Table".ON "x" that only integer can hold; may write values of Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 that only timestamp with time zone can hold
-- note: Weird "Table".select becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: Weird "Table".ON "x" becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: a value of Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 that cannot be converted stops nobody while release N writes; it stops the contract phase, before anything is dropped: repair the row and start it again
-- note: while both columns of Weird "Table".select have a unique index, INSERT .. ON CONFLICT (select) can meet the other one's 23505 when two sessions insert the same key at once: retry it
