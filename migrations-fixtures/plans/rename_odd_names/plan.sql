-- == weird_table_begin_concertina_expand ==
-- concertina: phase expand

-- Adds Weird "Table".begin "$concertina$" beside Weird "Table".if. The trigger keeps the two the
-- same, whichever of them a release writes.
ALTER TABLE public."Weird ""Table""" ADD COLUMN "begin ""$concertina$""" text;
CREATE FUNCTION public."concertina_Weird ""Table""_begin ""$concertina$""_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina1$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."begin ""$concertina$""" IS NULL THEN
      NEW."begin ""$concertina$""" := NEW."if";
    ELSE
      NEW."if" := NEW."begin ""$concertina$""";
    END IF;
  ELSIF ROW(NEW."begin ""$concertina$""")::record *<> ROW(OLD."begin ""$concertina$""")::record THEN
    NEW."if" := NEW."begin ""$concertina$""";
  ELSE
    NEW."begin ""$concertina$""" := NEW."if";
  END IF;
  RETURN NEW;
END
$concertina1$;
CREATE TRIGGER "zz_concertina_Weird ""Table""_begin ""$concertina$""_sync" BEFORE INSERT OR UPDATE OF "select", if, "begin ""$concertina$""" ON public."Weird ""Table"""
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public."Weird ""Table""" ("begin ""$concertina$""")') EXECUTE FUNCTION public."concertina_Weird ""Table""_begin ""$concertina$""_sync"();

-- Adds Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 beside Weird
-- "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123. The trigger keeps the
-- two the same, whichever of them a release writes.
ALTER TABLE public."Weird ""Table""" ADD COLUMN "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" numeric(10,2)[];
CREATE FUNCTION public."concertina_Weird ""Table""_Ä3456789_123456789_123456_dc284c0c"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NULL THEN
      NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" := NEW.a23456789_123456789_123456789_123456789_123456789_123456789_123;
    ELSE
      NEW.a23456789_123456789_123456789_123456789_123456789_123456789_123 := NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12";
    END IF;
  ELSIF ROW(NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12")::record *<> ROW(OLD."Ä3456789_123456789_123456789_123456789_123456789_123456789_12")::record THEN
    NEW.a23456789_123456789_123456789_123456789_123456789_123456789_123 := NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12";
  ELSE
    NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" := NEW.a23456789_123456789_123456789_123456789_123456789_123456789_123;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_dc284c0c" BEFORE INSERT OR UPDATE OF "select", a23456789_123456789_123456789_123456789_123456789_123456789_123, "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" ON public."Weird ""Table"""
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public."Weird ""Table""" ("Ä3456789_123456789_123456789_123456789_123456789_123456789_12")') EXECUTE FUNCTION public."concertina_Weird ""Table""_Ä3456789_123456789_123456_dc284c0c"();

-- == weird_table_begin_concertina_backfill ==
-- concertina: phase migrate

-- Fills Weird "Table".begin "$concertina$" in the rows that were there before the trigger.
-- concertina: batch
UPDATE public."Weird ""Table""" SET "begin ""$concertina$""" = if WHERE "begin ""$concertina$""" IS DISTINCT FROM if;

-- == weird_table_3456789_123456789_123456789_123456789_123456789_backfill ==
-- concertina: phase migrate

-- Fills Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 in the rows
-- that were there before the trigger.
-- concertina: batch
UPDATE public."Weird ""Table""" SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = a23456789_123456789_123456789_123456789_123456789_123456789_123 WHERE "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS DISTINCT FROM a23456789_123456789_123456789_123456789_123456789_123456789_123;

-- == weird_table_begin_concertina_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index Weird "Table"_if_key for Weird "Table".begin "$concertina$".
CREATE UNIQUE INDEX CONCURRENTLY "concertina_Weird ""Table""_Weird ""Table""_if_key_copy" ON public."Weird ""Table""" ("begin ""$concertina$""");

-- == weird_table_begin_concertina_index_2 ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index Größe $$ for Weird "Table".begin "$concertina$".
CREATE INDEX CONCURRENTLY "concertina_Weird ""Table""_Größe $$_copy" ON public."Weird ""Table""" USING hash ("begin ""$concertina$""");

-- == weird_table_begin_concertina_constraints ==
-- concertina: phase migrate

-- Gives Weird "Table".begin "$concertina$" what the old column has: the trigger guarantees it for
-- every row written from now on.
ALTER TABLE public."Weird ""Table""" ADD CONSTRAINT "concertina_Weird ""Table""_begin ""$concertina$""_not_null" CHECK ("begin ""$concertina$""" IS NOT NULL) NOT VALID;

-- The check Weird "Table"_a23456789_123456789_123456789_123456789_123_check for Weird
-- "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12: the rows that are there
-- are not read yet.
ALTER TABLE public."Weird ""Table""" ADD CONSTRAINT "concertina_Weird ""Table""_Weird ""Table""_a23456789_12_a778b660" CHECK (array_length("Ä3456789_123456789_123456789_123456789_123456789_123456789_12", 1) > 0) NOT VALID;

-- == weird_table_begin_concertina_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Weird ""Table""" VALIDATE CONSTRAINT "concertina_Weird ""Table""_begin ""$concertina$""_not_null";

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Weird ""Table""" VALIDATE CONSTRAINT "concertina_Weird ""Table""_Weird ""Table""_a23456789_12_a778b660";

-- == weird_table_begin_concertina_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows Weird "Table".if, Weird
-- "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 any more: drops it, and
-- gives Weird "Table".begin "$concertina$",
-- Ä3456789_123456789_123456789_123456789_123456789_123456789_12 its place and names.
DROP TRIGGER "zz_concertina_Weird ""Table""_begin ""$concertina$""_sync" ON public."Weird ""Table""";
DROP FUNCTION public."concertina_Weird ""Table""_begin ""$concertina$""_sync"();
ALTER TABLE public."Weird ""Table""" ALTER COLUMN "begin ""$concertina$""" SET NOT NULL;
ALTER TABLE public."Weird ""Table""" DROP CONSTRAINT "concertina_Weird ""Table""_begin ""$concertina$""_not_null";
DROP TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_dc284c0c" ON public."Weird ""Table""";
DROP FUNCTION public."concertina_Weird ""Table""_Ä3456789_123456789_123456_dc284c0c"();
ALTER TABLE public."Weird ""Table""" DROP COLUMN if;
ALTER TABLE public."Weird ""Table""" DROP COLUMN a23456789_123456789_123456789_123456789_123456789_123456789_123;
ALTER TABLE public."Weird ""Table""" RENAME CONSTRAINT "concertina_Weird ""Table""_Weird ""Table""_a23456789_12_a778b660" TO "Weird ""Table""_a23456789_123456789_123456789_123456789_123_check";
ALTER TABLE public."Weird ""Table""" ADD CONSTRAINT "Weird ""Table""_if_key" UNIQUE USING INDEX "concertina_Weird ""Table""_Weird ""Table""_if_key_copy";
ALTER INDEX public."concertina_Weird ""Table""_Größe $$_copy" RENAME TO "Größe $$";

-- N: reads and writes Weird "Table".if; the database keeps Weird "Table".begin "$concertina$" the same; reads and writes Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123; the database keeps Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 the same
-- N+1: starts once the migrate phase is done; may write Weird "Table".begin "$concertina$" beside or instead of Weird "Table".if; starts once the migrate phase is done; may write Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 beside or instead of Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123
-- N+2: reads and writes Weird "Table".begin "$concertina$" only; reads and writes Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 only
-- N+3: Weird "Table".if is gone: the contract phase runs when no instance below N+2 is alive; Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 is gone: the contract phase runs when no instance below N+2 is alive
-- note: privileges on the column Weird "Table".if alone, its comment, statistics target and storage are not copied to the second column: write them into the last file
-- note: Weird "Table".begin "$concertina$" becomes the last column of the table; a plain rename would keep its place
-- note: privileges on the column Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 alone, its comment, statistics target and storage are not copied to the second column: write them into the last file
-- note: Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 becomes the last column of the table; a plain rename would keep its place
-- note: while the backfill runs, NULL written into Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 of a row it has not reached counts as not written
-- note: while both columns of Weird "Table".begin "$concertina$" have a unique index, INSERT .. ON CONFLICT (if) can meet the other one's 23505 when two sessions insert the same key at once: retry it
