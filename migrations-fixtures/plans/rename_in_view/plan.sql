-- == users_full_name_expand ==
-- concertina: phase expand

-- Adds users.full_name beside users.name. The trigger keeps the two the same, whichever of them a
-- release writes.
ALTER TABLE public.users ADD COLUMN full_name text;
CREATE FUNCTION public.concertina_users_full_name_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.full_name IS NULL THEN
      NEW.full_name := NEW.name;
    ELSE
      NEW.name := NEW.full_name;
    END IF;
  ELSIF ROW(NEW.full_name)::record *<> ROW(OLD.full_name)::record THEN
    NEW.name := NEW.full_name;
  ELSE
    NEW.full_name := NEW.name;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_full_name_sync BEFORE INSERT OR UPDATE OF id, name, full_name ON public.users
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.users (full_name)') EXECUTE FUNCTION public.concertina_users_full_name_sync();

-- == users_full_name_backfill ==
-- concertina: phase migrate

-- Fills users.full_name in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET full_name = name WHERE full_name IS DISTINCT FROM name;

-- == users_full_name_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows users.name any more: the second column goes, and the first takes its name,
-- with all that hangs on it.
DROP TRIGGER zz_concertina_users_full_name_sync ON public.users;
DROP FUNCTION public.concertina_users_full_name_sync();
ALTER TABLE public.users DROP COLUMN full_name;
ALTER TABLE public.users RENAME COLUMN name TO full_name;

CREATE OR REPLACE VIEW named AS SELECT id, full_name AS name FROM users;

-- N: reads and writes users.name; the database keeps users.full_name the same
-- N+1: starts once the migrate phase is done; may write users.full_name beside or instead of users.name
-- N+2: reads and writes users.full_name only
-- N+3: users.name is gone: the contract phase runs when no instance below N+2 is alive
