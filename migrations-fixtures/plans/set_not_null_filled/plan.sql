-- == users_bio_expand ==
-- concertina: phase expand

-- A release that still writes NULL into users.bio gets the value the rows are filled with.
CREATE FUNCTION public.concertina_users_bio_fill() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF NEW.bio IS NULL THEN
    NEW.bio := (SELECT 'about ' || coalesce(name, '?') FROM (SELECT NEW.*) AS users);
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_bio_fill BEFORE INSERT OR UPDATE ON public.users
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'users (bio)') EXECUTE FUNCTION public.concertina_users_bio_fill();

ALTER TABLE users ALTER COLUMN bio SET DEFAULT 'none';

-- == users_bio_backfill ==
-- concertina: phase migrate

-- Fills users.bio in the rows that are there.
-- concertina: batch key=id
UPDATE users SET bio = 'about ' || coalesce(name, '?') WHERE bio IS NULL;

-- == users_bio_constraints ==
-- concertina: phase migrate

-- Declares users.bio as required: every row written from now on has it.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_bio_not_null CHECK (bio IS NOT NULL) NOT VALID;

-- == users_bio_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_bio_not_null;

-- == users_bio_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no bio is NULL, so NOT NULL needs no scan.
DROP TRIGGER zz_concertina_users_bio_fill ON public.users;
DROP FUNCTION public.concertina_users_bio_fill();
ALTER TABLE public.users ALTER COLUMN bio SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_bio_not_null;

-- N: may write NULL into users.bio; the database fills it
-- N+1: never writes NULL into users.bio: the contract phase runs when no instance below N+1 is alive
