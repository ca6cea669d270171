-- == users_token_expand ==
-- concertina: phase expand

-- Adds users.token without a value, then its default: in two steps, so that no row is written under
-- the lock.
ALTER TABLE public.users ADD COLUMN token uuid;
ALTER TABLE public.users ALTER COLUMN token SET DEFAULT gen_random_uuid();

ALTER TABLE users ADD COLUMN seen timestamptz;

-- == users_token_backfill ==
-- concertina: phase migrate

-- Fills users.token in the rows that were there before.
-- concertina: batch key=id
UPDATE public.users SET token = gen_random_uuid() WHERE token IS NULL;

-- == users_token_constraints ==
-- concertina: phase migrate

-- Declares users.token as required: every row written from now on has it.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_token_not_null CHECK (token IS NOT NULL) NOT VALID;

-- == users_token_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_token_not_null;

-- == users_token_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no token is NULL, so NOT NULL needs no scan.
ALTER TABLE public.users ALTER COLUMN token SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_token_not_null;

-- N: does not know users.token; the database gives it a value
-- N+1: writes users.token, and reads it once the migrate phase is done
