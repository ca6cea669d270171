-- == events_category_expand ==
-- concertina: phase expand

-- Adds events.category beside events.kind. The trigger keeps the two the same, whichever of them a
-- release writes.
ALTER TABLE public.events ADD COLUMN category text;
CREATE FUNCTION public.concertina_events_category_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.category IS NULL THEN
      NEW.category := NEW.kind;
    ELSE
      NEW.kind := NEW.category;
    END IF;
  ELSIF ROW(NEW.category)::record *<> ROW(OLD.category)::record THEN
    NEW.kind := NEW.category;
  ELSE
    NEW.category := NEW.kind;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_events_category_sync BEFORE INSERT OR UPDATE OF id, at, kind, category ON public.events
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.events (category)') EXECUTE FUNCTION public.concertina_events_category_sync();

-- == events_category_backfill ==
-- concertina: phase migrate

-- Fills events.category in the rows that were there before the trigger.
-- concertina: batch
UPDATE public.events SET category = kind WHERE category IS DISTINCT FROM kind;

-- == events_category_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index events_kind for the partition public.events_2024.
CREATE INDEX CONCURRENTLY concertina_events_2024_events_kind_copy ON public.events_2024 (category, id);

-- == events_category_index_2 ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index events_kind for the partition public.events_rest.
CREATE INDEX CONCURRENTLY concertina_events_rest_events_kind_copy ON public.events_rest (category, id);

-- == events_category_index_3 ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index events_key for the partition public.events_2024.
CREATE UNIQUE INDEX CONCURRENTLY concertina_events_2024_events_key_copy ON public.events_2024 (id, at, category);

-- == events_category_index_4 ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index events_key for the partition public.events_rest.
CREATE UNIQUE INDEX CONCURRENTLY concertina_events_rest_events_key_copy ON public.events_rest (id, at, category);

-- == events_category_constraints ==
-- concertina: phase migrate

-- The index of the whole: the partitions have theirs, no row is read.
CREATE INDEX concertina_events_events_kind_copy ON ONLY public.events (category, id);
ALTER INDEX public.concertina_events_events_kind_copy ATTACH PARTITION public.concertina_events_2024_events_kind_copy;
ALTER INDEX public.concertina_events_events_kind_copy ATTACH PARTITION public.concertina_events_rest_events_kind_copy;

-- The index of the whole: the partitions have theirs, no row is read.
CREATE UNIQUE INDEX concertina_events_events_key_copy ON ONLY public.events (id, at, category);
ALTER INDEX public.concertina_events_events_key_copy ATTACH PARTITION public.concertina_events_2024_events_key_copy;
ALTER INDEX public.concertina_events_events_key_copy ATTACH PARTITION public.concertina_events_rest_events_key_copy;

-- == events_category_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows events.kind any more: the second column goes, and the first takes its
-- name, with all that hangs on it.
DROP TRIGGER zz_concertina_events_category_sync ON public.events;
DROP FUNCTION public.concertina_events_category_sync();
ALTER TABLE public.events DROP COLUMN category;
ALTER TABLE public.events RENAME COLUMN kind TO category;

-- N: reads and writes events.kind; the database keeps events.category the same
-- N+1: starts once the migrate phase is done; may write events.category beside or instead of events.kind
-- N+2: reads and writes events.category only
-- N+3: events.kind is gone: the contract phase runs when no instance below N+2 is alive
-- note: while both columns of events.category have a unique index, INSERT .. ON CONFLICT (kind) can meet the other one's 23505 when two sessions insert the same key at once: retry it
