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

-- == weird_table_begin_concertina_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows Weird "Table".if, Weird
-- "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 any more: the second
-- column goes, and the first takes its name, with all that hangs on it.
DROP TRIGGER "zz_concertina_Weird ""Table""_begin ""$concertina$""_sync" ON public."Weird ""Table""";
DROP FUNCTION public."concertina_Weird ""Table""_begin ""$concertina$""_sync"();
DROP TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_dc284c0c" ON public."Weird ""Table""";
DROP FUNCTION public."concertina_Weird ""Table""_Ä3456789_123456789_123456_dc284c0c"();
ALTER TABLE public."Weird ""Table""" DROP COLUMN "begin ""$concertina$""";
ALTER TABLE public."Weird ""Table""" DROP COLUMN "Ä3456789_123456789_123456789_123456789_123456789_123456789_12";
ALTER TABLE public."Weird ""Table""" RENAME COLUMN if TO "begin ""$concertina$""";
ALTER TABLE public."Weird ""Table""" RENAME COLUMN a23456789_123456789_123456789_123456789_123456789_123456789_123 TO "Ä3456789_123456789_123456789_123456789_123456789_123456789_12";

-- N: reads and writes Weird "Table".if; the database keeps Weird "Table".begin "$concertina$" the same; reads and writes Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123; the database keeps Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 the same
-- N+1: starts once the migrate phase is done; may write Weird "Table".begin "$concertina$" beside or instead of Weird "Table".if; starts once the migrate phase is done; may write Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 beside or instead of Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123
-- N+2: reads and writes Weird "Table".begin "$concertina$" only; reads and writes Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 only
-- N+3: Weird "Table".if is gone: the contract phase runs when no instance below N+2 is alive; Weird "Table".a23456789_123456789_123456789_123456789_123456789_123456789_123 is gone: the contract phase runs when no instance below N+2 is alive
-- note: while the backfill runs, NULL written into Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12 of a row it has not reached counts as not written
-- note: while both columns of Weird "Table".begin "$concertina$" have a unique index, INSERT .. ON CONFLICT (if) can meet the other one's 23505 when two sessions insert the same key at once: retry it
