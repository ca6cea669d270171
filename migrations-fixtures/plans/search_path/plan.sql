-- == k_title_expand ==
-- concertina: phase expand

SET search_path TO app, public;

-- Adds k.title beside k.name. The trigger keeps the two the same, whichever of them a release
-- writes.
ALTER TABLE app.k ADD COLUMN title text;
CREATE FUNCTION app.concertina_k_title_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.title IS NULL THEN
      NEW.title := NEW.name;
    ELSE
      NEW.name := NEW.title;
    END IF;
  ELSIF ROW(NEW.title)::record *<> ROW(OLD.title)::record THEN
    NEW.name := NEW.title;
  ELSE
    NEW.title := NEW.name;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_k_title_sync BEFORE INSERT OR UPDATE OF id, name, title ON app.k
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'app.k (title)') EXECUTE FUNCTION app.concertina_k_title_sync();

ALTER TABLE k ADD COLUMN note text;

-- == k_title_backfill ==
-- concertina: phase migrate

SET search_path TO app, public;

-- Fills k.title in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE app.k SET title = name WHERE title IS DISTINCT FROM name;

-- == k_title_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index k_title for k.title.
CREATE INDEX CONCURRENTLY concertina_k_k_title_copy ON app.k (title);

-- == k_title_constraints ==
-- concertina: phase migrate

SET search_path TO app, public;

-- Gives k.title what the old column has: the trigger guarantees it for every row written from now
-- on.
ALTER TABLE app.k ADD CONSTRAINT concertina_k_title_not_null CHECK (title IS NOT NULL) NOT VALID;

-- == k_title_validate ==
-- concertina: phase migrate

SET search_path TO app, public;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE app.k VALIDATE CONSTRAINT concertina_k_title_not_null;

-- == k_age_drop_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Drops the index while reads and writes go on.
DROP INDEX CONCURRENTLY app.k_age;

-- == k_title_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

SET search_path TO app, public;

-- No live instance knows k.name any more: drops it, and gives k.title its place and names.
DROP TRIGGER zz_concertina_k_title_sync ON app.k;
DROP FUNCTION app.concertina_k_title_sync();
ALTER TABLE app.k ALTER COLUMN title SET NOT NULL;
ALTER TABLE app.k DROP CONSTRAINT concertina_k_title_not_null;
ALTER TABLE app.k DROP COLUMN name;
ALTER INDEX app.concertina_k_k_title_copy RENAME TO k_title;

-- N: reads and writes k.name; the database keeps k.title the same
-- N+1: starts once the migrate phase is done; may write k.title beside or instead of k.name
-- N+2: reads and writes k.title only
-- N+3: k.name is gone: the contract phase runs when no instance below N+2 is alive
-- note: k.title becomes the last column of the table; a plain rename would keep its place
