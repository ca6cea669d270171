-- == notes_content_expand ==
-- concertina: phase expand

-- Adds notes.content beside notes.body. The trigger keeps the two the same, whichever of them a
-- release writes.
ALTER TABLE public.notes ADD COLUMN content text;
CREATE FUNCTION public.concertina_notes_content_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.content IS NULL THEN
      NEW.content := NEW.body;
    ELSE
      NEW.body := NEW.content;
    END IF;
  ELSIF ROW(NEW.content)::record *<> ROW(OLD.content)::record THEN
    NEW.body := NEW.content;
  ELSE
    NEW.content := NEW.body;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_notes_content_sync BEFORE INSERT OR UPDATE ON public.notes
  FOR EACH ROW EXECUTE FUNCTION public.concertina_notes_content_sync();

-- Adds notes.Meta Data beside notes.meta. The trigger keeps the two the same, whichever of them a
-- release writes.
ALTER TABLE public.notes ADD COLUMN "Meta Data" json;
CREATE FUNCTION public."concertina_notes_Meta Data_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."Meta Data" IS NULL THEN
      NEW."Meta Data" := NEW.meta;
    ELSE
      NEW.meta := NEW."Meta Data";
    END IF;
  ELSIF ROW(NEW."Meta Data")::record *<> ROW(OLD."Meta Data")::record THEN
    NEW.meta := NEW."Meta Data";
  ELSE
    NEW."Meta Data" := NEW.meta;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_notes_Meta Data_sync" BEFORE INSERT OR UPDATE ON public.notes
  FOR EACH ROW EXECUTE FUNCTION public."concertina_notes_Meta Data_sync"();

-- == notes_content_backfill ==
-- concertina: phase migrate

-- Fills notes.content in the rows that were there before the trigger.
-- concertina: batch
UPDATE public.notes SET content = body WHERE content IS DISTINCT FROM body;

-- == notes_meta_data_backfill ==
-- concertina: phase migrate

-- Fills notes.Meta Data in the rows that were there before the trigger.
-- concertina: batch
UPDATE public.notes SET "Meta Data" = meta WHERE "Meta Data" IS NULL AND meta IS NOT NULL;

-- == notes_content_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows notes.body, notes.meta any more: the second column goes, and the first
-- takes its name, with all that hangs on it.
DROP TRIGGER zz_concertina_notes_content_sync ON public.notes;
DROP FUNCTION public.concertina_notes_content_sync();
DROP TRIGGER "zz_concertina_notes_Meta Data_sync" ON public.notes;
DROP FUNCTION public."concertina_notes_Meta Data_sync"();
ALTER TABLE public.notes DROP COLUMN content;
ALTER TABLE public.notes DROP COLUMN "Meta Data";
ALTER TABLE public.notes RENAME COLUMN body TO content;
ALTER TABLE public.notes RENAME COLUMN meta TO "Meta Data";

-- N: reads and writes notes.body; the database keeps notes.content the same; reads and writes notes.meta; the database keeps notes.Meta Data the same
-- N+1: starts once the migrate phase is done; may write notes.content beside or instead of notes.body; starts once the migrate phase is done; may write notes.Meta Data beside or instead of notes.meta
-- N+2: reads and writes notes.content only; reads and writes notes.Meta Data only
-- N+3: notes.body is gone: the contract phase runs when no instance below N+2 is alive; notes.meta is gone: the contract phase runs when no instance below N+2 is alive
-- note: while the backfill runs, NULL written into notes.content of a row it has not reached counts as not written
-- note: while the backfill runs, NULL written into notes.Meta Data of a row it has not reached counts as not written
