-- == change_text_to_int_expand ==
-- concertina: phase expand

ALTER TABLE parts DROP CONSTRAINT parts_size_check;

-- A second column for parts.size as integer. The trigger makes it follow what releases write into
-- the first; a value that cannot be converted leaves it NULL and stops nobody.
ALTER TABLE public.parts ADD COLUMN concertina_parts_size_new integer;
CREATE FUNCTION public.concertina_parts_size_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_parts_size_new := (SELECT size::int FROM (SELECT NEW.*) AS parts);
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  NEW.concertina_parts_size_new := NULL;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_parts_size_sync BEFORE INSERT OR UPDATE OF id, size ON public.parts
  FOR EACH ROW EXECUTE FUNCTION public.concertina_parts_size_sync();

-- == parts_size_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the trigger, which converts them: what cannot be
-- converted stays for later.
-- concertina: batch key=id
UPDATE public.parts SET size = size WHERE concertina_parts_size_new IS NULL;

-- == parts_size_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index parts_size for parts.size.
CREATE INDEX CONCURRENTLY concertina_parts_parts_size_copy ON public.parts (concertina_parts_size_new);

-- == parts_size_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on a value of parts.size that cannot be converted is refused.
CREATE OR REPLACE FUNCTION public.concertina_parts_size_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_parts_size_new := (SELECT size::int FROM (SELECT NEW.*) AS parts);
  RETURN NEW;
END
$concertina$;

-- == parts_size_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- What was left: PostgreSQL names the first value of parts.size that cannot be converted.
-- concertina: batch key=id
UPDATE public.parts SET concertina_parts_size_new = (size::int) WHERE concertina_parts_size_new IS NULL;

-- == parts_size_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes parts.size as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER zz_concertina_parts_size_sync ON public.parts;
DROP FUNCTION public.concertina_parts_size_sync();
ALTER TABLE public.parts ALTER COLUMN concertina_parts_size_new SET DEFAULT 7;
ALTER TABLE public.parts DROP COLUMN size;
ALTER TABLE public.parts RENAME COLUMN concertina_parts_size_new TO size;
ALTER INDEX public.concertina_parts_parts_size_copy RENAME TO parts_size;

-- N: reads and writes parts.size as text; the database keeps a second column of the new type
-- N+1: takes parts.size as text and as integer: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write values of parts.size that only integer can hold
-- note: parts.size becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: a value of parts.size that cannot be converted stops nobody while release N writes; it stops the contract phase, before anything is dropped: repair the row and start it again
