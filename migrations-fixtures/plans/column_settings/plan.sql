-- == users_full_name_expand ==
-- concertina: phase expand

-- Adds users.full_name beside users.name. The trigger keeps the two the same, whichever of them a
-- release writes.
ALTER TABLE public.users ADD COLUMN full_name text;
ALTER TABLE public.users ALTER COLUMN full_name SET STATISTICS 500, ALTER COLUMN full_name SET STORAGE EXTERNAL, ALTER COLUMN full_name SET (n_distinct = -1);
COMMENT ON COLUMN public.users.full_name IS 'as they''d write it';
GRANT SELECT (full_name) ON public.users TO PUBLIC;
GRANT SELECT (full_name), UPDATE (full_name) ON public.users TO pg_monitor;
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

-- A second column for users.age as bigint. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public.users ADD COLUMN concertina_users_age_new bigint;
ALTER TABLE public.users ALTER COLUMN concertina_users_age_new SET STATISTICS 20;
COMMENT ON COLUMN public.users.concertina_users_age_new IS 'in years';
GRANT SELECT (concertina_users_age_new) ON public.users TO pg_monitor;
GRANT UPDATE (concertina_users_age_new) ON public.users TO pg_monitor WITH GRANT OPTION;
CREATE FUNCTION public.concertina_users_age_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_users_age_new := NEW.age;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_age_sync BEFORE INSERT OR UPDATE OF id, age ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_users_age_sync();

-- == users_full_name_backfill ==
-- concertina: phase migrate

-- Fills users.full_name in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET full_name = name WHERE full_name IS DISTINCT FROM name;

-- == users_age_backfill ==
-- concertina: phase migrate

-- Fills users.concertina_users_age_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET concertina_users_age_new = age WHERE concertina_users_age_new IS NULL AND age IS NOT NULL;

-- == users_full_name_constraints ==
-- concertina: phase migrate

-- Gives users.full_name what the old column has: the trigger guarantees it for every row written
-- from now on.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_full_name_not_null CHECK (full_name IS NOT NULL) NOT VALID;

-- == users_full_name_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_full_name_not_null;

-- == users_full_name_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes users.full_name, age as it will be: the second column takes the place
-- and the names of the first.
DROP TRIGGER zz_concertina_users_full_name_sync ON public.users;
DROP FUNCTION public.concertina_users_full_name_sync();
ALTER TABLE public.users ALTER COLUMN full_name SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_full_name_not_null;
DROP TRIGGER zz_concertina_users_age_sync ON public.users;
DROP FUNCTION public.concertina_users_age_sync();
ALTER TABLE public.users DROP COLUMN name;
ALTER TABLE public.users DROP COLUMN age;
ALTER TABLE public.users RENAME COLUMN concertina_users_age_new TO age;

-- N: reads and writes users.name; the database keeps users.full_name the same; reads and writes users.age as integer; the database keeps a second column of the new type
-- N+1: starts once the migrate phase is done; may write users.full_name beside or instead of users.name; takes users.age as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: reads and writes users.full_name only; may write values of users.age that only bigint can hold
-- N+3: users.name is gone: the contract phase runs when no instance below N+2 is alive
-- note: users.full_name becomes the last column of the table; a plain rename would keep its place
-- note: users.age becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
