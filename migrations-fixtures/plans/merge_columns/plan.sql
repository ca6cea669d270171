-- == people_full_name_expand ==
-- concertina: phase expand

-- Adds full_name beside first_name, last_name. The trigger computes the new ones from the old ones
-- A release that writes the new ones writes the old ones beside them.
ALTER TABLE public.people ADD COLUMN full_name text;
ALTER TABLE public.people ALTER COLUMN first_name DROP NOT NULL;
CREATE FUNCTION public.concertina_people_full_name_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
DECLARE
  concertina_up_1 public.people.full_name%TYPE := (SELECT p.first_name || ' ' || last_name FROM (SELECT NEW.*) AS p);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF num_nonnulls(NEW.full_name) = 0 THEN
      NEW.full_name := concertina_up_1;
    END IF;
  ELSIF ROW(NEW.full_name)::record *= ROW(OLD.full_name)::record THEN
    IF ROW(NEW.first_name, NEW.last_name)::record *<> ROW(OLD.first_name, OLD.last_name)::record OR num_nonnulls(NEW.full_name) = 0 THEN
      NEW.full_name := concertina_up_1;
    END IF;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_people_full_name_sync BEFORE INSERT OR UPDATE OF id, first_name, last_name, full_name ON public.people
  FOR EACH ROW EXECUTE FUNCTION public.concertina_people_full_name_sync();

-- == people_full_name_backfill ==
-- concertina: phase migrate

-- Fills full_name in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE people AS p SET full_name = p.first_name || ' ' || last_name WHERE full_name IS NULL;

-- == people_full_name_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows first_name, last_name any more.
DROP TRIGGER zz_concertina_people_full_name_sync ON public.people;
DROP FUNCTION public.concertina_people_full_name_sync();
ALTER TABLE public.people DROP COLUMN first_name, DROP COLUMN last_name;

-- N: reads and writes first_name, last_name of people; the database computes full_name
-- N+1: starts once the migrate phase is done; reads full_name, and writes first_name, last_name beside them, since release N reads these
-- N+2: reads and writes full_name only; first_name, last_name may be left out
-- N+3: first_name, last_name are gone: the contract phase runs when no instance below N+2 is alive
-- note: full_name cannot be turned back into first_name, last_name by themselves: declare how with `-- concertina: down first_name = expression`, and a release may write the new ones alone
-- note: what computes full_name runs inside the writes of release N: it must not fail for any value of first_name, last_name
