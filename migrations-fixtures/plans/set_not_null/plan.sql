-- == users_bio_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on nobody writes NULL into users.bio; the rows that are there are not read yet.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_bio_not_null CHECK (bio IS NOT NULL) NOT VALID;

-- == users_bio_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_bio_not_null;

-- == users_bio_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no bio is NULL, so NOT NULL needs no scan.
ALTER TABLE public.users ALTER COLUMN bio SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_bio_not_null;

-- N: may write NULL into users.bio
-- N+1: never writes NULL into users.bio: the contract phase runs when no instance below N+1 is alive
-- note: rows that have NULL in users.bio stop the VALIDATE: fill them first, or write the UPDATE into the migration
