-- == a_qty_expand ==
-- concertina: phase expand

-- A second column for a.qty as bigint. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public.a ADD COLUMN concertina_a_qty_new bigint;
CREATE FUNCTION public.concertina_a_qty_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_a_qty_new := NEW.qty;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "Êconcertina_a_qty_sync" BEFORE INSERT OR UPDATE ON public.a
  FOR EACH ROW EXECUTE FUNCTION public.concertina_a_qty_sync();

-- Adds a.shout. The trigger computes it for a release that does not know it, and lets one that does
-- write what it likes.
ALTER TABLE public.a ADD COLUMN shout text;
CREATE FUNCTION public.concertina_a_shout_fill() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF NEW.shout IS NULL
     OR TG_OP = 'UPDATE'
        AND ROW(NEW.shout)::record *= ROW(OLD.shout)::record
        AND ROW(NEW.name)::record *<> ROW(OLD.name)::record THEN
    NEW.shout := (SELECT name || '!' FROM (SELECT NEW.*) AS a);
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "Êconcertina_a_shout_fill" BEFORE INSERT OR UPDATE ON public.a
  FOR EACH ROW EXECUTE FUNCTION public.concertina_a_shout_fill();

-- == a_qty_backfill ==
-- concertina: phase migrate

-- Fills a.concertina_a_qty_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.a SET concertina_a_qty_new = qty WHERE concertina_a_qty_new IS NULL AND qty IS NOT NULL;

-- == a_shout_backfill ==
-- concertina: phase migrate

-- Fills a.shout in the rows that were there before.
-- concertina: batch key=id
UPDATE a SET shout = name || '!' WHERE shout IS NULL;

-- == a_qty_constraints ==
-- concertina: phase migrate

-- Declares the second a.qty as required: every row written from now on has it.
ALTER TABLE public.a ADD CONSTRAINT concertina_a_qty_not_null CHECK (concertina_a_qty_new IS NOT NULL) NOT VALID;

-- Declares a.shout as required: every row written from now on has it.
ALTER TABLE public.a ADD CONSTRAINT concertina_a_shout_not_null CHECK (shout IS NOT NULL) NOT VALID;

-- == a_qty_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.a VALIDATE CONSTRAINT concertina_a_qty_not_null;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.a VALIDATE CONSTRAINT concertina_a_shout_not_null;

-- == a_qty_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes a.qty as it will be: the second column takes the place and the names of
-- the first.
DROP TRIGGER "Êconcertina_a_qty_sync" ON public.a;
DROP FUNCTION public.concertina_a_qty_sync();
ALTER TABLE public.a ALTER COLUMN concertina_a_qty_new SET NOT NULL;
ALTER TABLE public.a DROP CONSTRAINT concertina_a_qty_not_null;
ALTER TABLE public.a DROP COLUMN qty;
ALTER TABLE public.a RENAME COLUMN concertina_a_qty_new TO qty;

-- The check has proven that no shout is NULL, so NOT NULL needs no scan.
DROP TRIGGER "Êconcertina_a_shout_fill" ON public.a;
DROP FUNCTION public.concertina_a_shout_fill();
ALTER TABLE public.a ALTER COLUMN shout SET NOT NULL;
ALTER TABLE public.a DROP CONSTRAINT concertina_a_shout_not_null;

-- N: reads and writes a.qty as integer; the database keeps a second column of the new type; does not know a.shout; the database gives it a value
-- N+1: takes a.qty as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; writes a.shout, and reads it once the migrate phase is done
-- N+2: may write values of a.qty that only bigint can hold; as N+1: when no instance below N+1 is alive, the contract phase leaves a.shout to the application
-- note: a.qty becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: a.shout is required once the migrate phase is done: the value computed for it must never be NULL
