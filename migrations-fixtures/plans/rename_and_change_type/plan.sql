-- == users_years_expand ==
-- concertina: phase expand

-- Adds users.years beside users.age. The trigger keeps the two the same, whichever of them a
-- release writes.
ALTER TABLE public.users ADD COLUMN years integer;
CREATE FUNCTION public.concertina_users_years_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.years IS NULL THEN
      NEW.years := NEW.age;
    ELSE
      NEW.age := NEW.years;
    END IF;
  ELSIF ROW(NEW.years)::record *<> ROW(OLD.years)::record THEN
    NEW.age := NEW.years;
  ELSE
    NEW.years := NEW.age;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_years_sync BEFORE INSERT OR UPDATE OF id, age, years ON public.users
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.users (years)') EXECUTE FUNCTION public.concertina_users_years_sync();

-- == users_years_backfill ==
-- concertina: phase migrate

-- Fills users.years in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET years = age WHERE years IS DISTINCT FROM age;

-- == users_years_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index users_age_idx for users.years.
CREATE INDEX CONCURRENTLY concertina_users_users_age_idx_copy ON public.users (years);

-- == users_years_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows users.age any more: the second column goes, and the first takes its name,
-- with all that hangs on it.
DROP TRIGGER zz_concertina_users_years_sync ON public.users;
DROP FUNCTION public.concertina_users_years_sync();
ALTER TABLE public.users DROP COLUMN years;
ALTER TABLE public.users RENAME COLUMN age TO years;

-- == users_years_expand_2 ==
-- concertina: phase expand
-- concertina: in-order

-- A second column for users.years as bigint. The trigger makes it follow what releases write into
-- the first.
ALTER TABLE public.users ADD COLUMN concertina_users_years_new bigint;
COMMENT ON COLUMN public.users.concertina_users_years_new IS 'in years';
CREATE FUNCTION public.concertina_users_years_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_users_years_new := NEW.years;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_years_sync BEFORE INSERT OR UPDATE OF id, years ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_users_years_sync();

-- == users_years_backfill_2 ==
-- concertina: phase migrate
-- concertina: in-order

-- Fills users.concertina_users_years_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET concertina_users_years_new = years WHERE concertina_users_years_new IS NULL AND years IS NOT NULL;

-- == users_years_index_2 ==
-- concertina: phase migrate
-- concertina: in-order
-- concertina: no-transaction

-- The index users_age_idx for users.years.
CREATE INDEX CONCURRENTLY concertina_users_users_age_idx_copy ON public.users (concertina_users_years_new);

-- == users_years_constraints ==
-- concertina: phase migrate
-- concertina: in-order

-- Declares the second users.years as required: every row written from now on has it.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_years_not_null CHECK (concertina_users_years_new IS NOT NULL) NOT VALID;

-- The check users_age_check for users.years: the rows that are there are not read yet.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_users_age_check_copy CHECK (concertina_users_years_new >= 0) NOT VALID;

-- == users_years_validate ==
-- concertina: phase migrate
-- concertina: in-order

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_years_not_null;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_users_age_check_copy;

-- == users_years_contract_2 ==
-- concertina: phase contract
-- concertina: in-order

-- Every live instance takes users.years as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER zz_concertina_users_years_sync ON public.users;
DROP FUNCTION public.concertina_users_years_sync();
ALTER TABLE public.users ALTER COLUMN concertina_users_years_new SET DEFAULT 7;
ALTER TABLE public.users ALTER COLUMN concertina_users_years_new SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_years_not_null;
ALTER TABLE public.users DROP COLUMN years;
ALTER TABLE public.users RENAME COLUMN concertina_users_years_new TO years;
ALTER TABLE public.users RENAME CONSTRAINT concertina_users_users_age_check_copy TO users_age_check;
ALTER INDEX public.concertina_users_users_age_idx_copy RENAME TO users_age_idx;

-- N: reads and writes users.age; the database keeps users.years the same
-- N+1: starts once the migrate phase is done; may write users.years beside or instead of users.age
-- N+2: reads and writes users.years only
-- N+3: users.age is gone: the contract phase runs when no instance below N+2 is alive; reads and writes users.years as integer; the database keeps a second column of the new type
-- N+4: takes users.years as integer and as bigint: the contract phase changes it under its feet, when no instance below N+4 is alive
-- N+5: may write values of users.years that only bigint can hold
-- note: the statements from line 2 on are a round of their own: users_years_expand_2 and all behind it wait until the contract before them is done
-- note: users.years becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
