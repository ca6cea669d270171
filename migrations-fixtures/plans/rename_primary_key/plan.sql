-- == items_item_id_expand ==
-- concertina: phase expand

-- Adds items.item_id beside items.id. The trigger keeps the two the same, whichever of them a
-- release writes.
ALTER TABLE public.items ADD COLUMN item_id integer;
CREATE FUNCTION public.concertina_items_item_id_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.item_id IS NULL THEN
      NEW.item_id := NEW.id;
    ELSE
      NEW.id := NEW.item_id;
    END IF;
  ELSIF ROW(NEW.item_id)::record *<> ROW(OLD.item_id)::record THEN
    NEW.id := NEW.item_id;
  ELSE
    NEW.item_id := NEW.id;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_items_item_id_sync BEFORE INSERT OR UPDATE OF id, item_id ON public.items
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.items (item_id)') EXECUTE FUNCTION public.concertina_items_item_id_sync();

-- == items_item_id_backfill ==
-- concertina: phase migrate

-- Fills items.item_id in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.items SET item_id = id WHERE item_id IS DISTINCT FROM id;

-- == items_item_id_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index items_pkey for items.item_id.
CREATE UNIQUE INDEX CONCURRENTLY concertina_items_items_pkey_copy ON public.items (item_id);

-- == items_item_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows items.id any more: the second column goes, and the first takes its name,
-- with all that hangs on it.
DROP TRIGGER zz_concertina_items_item_id_sync ON public.items;
DROP FUNCTION public.concertina_items_item_id_sync();
ALTER TABLE public.items DROP COLUMN item_id;
ALTER TABLE public.items RENAME COLUMN id TO item_id;

-- N: reads and writes items.id; the database keeps items.item_id the same
-- N+1: starts once the migrate phase is done; may write items.item_id beside or instead of items.id
-- N+2: reads and writes items.item_id only
-- N+3: items.id is gone: the contract phase runs when no instance below N+2 is alive
-- note: while both columns of items.item_id have a unique index, INSERT .. ON CONFLICT (id) can meet the other one's 23505 when two sessions insert the same key at once: retry it
