-- == enum_remove_label_expand ==
-- concertina: phase expand

CREATE TYPE public.concertina_mood_new AS ENUM ('bad', 'good');

-- A second column for users.mood as public.concertina_mood_new. The trigger makes it follow what
-- releases write into the first; a value that cannot be converted leaves it NULL and stops nobody.
ALTER TABLE public.users ADD COLUMN concertina_users_mood_new public.concertina_mood_new;
CREATE FUNCTION public.concertina_users_mood_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_users_mood_new := (SELECT CASE mood WHEN 'so-so' THEN 'good' ELSE mood::text::public.concertina_mood_new END FROM (SELECT NEW.*) AS users);
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  NEW.concertina_users_mood_new := NULL;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_mood_sync BEFORE INSERT OR UPDATE OF id, mood ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_users_mood_sync();

-- == pets_mood_expand ==
-- concertina: phase expand

-- A second column for Pets.Mood as public.concertina_mood_new. The trigger makes it follow what
-- releases write into the first; a value that cannot be converted leaves it NULL and stops nobody.
ALTER TABLE public."Pets" ADD COLUMN "concertina_Pets_Mood_new" public.concertina_mood_new;
CREATE FUNCTION public."concertina_Pets_Mood_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Pets_Mood_new" := (SELECT "Mood"::text::public.concertina_mood_new FROM (SELECT NEW.*) AS "Pets");
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  NEW."concertina_Pets_Mood_new" := NULL;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Pets_Mood_sync" BEFORE INSERT OR UPDATE OF id, "Mood" ON public."Pets"
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Pets_Mood_sync"();

-- == users_mood_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the trigger, which converts them: what cannot be
-- converted stays for later.
-- concertina: batch key=id
UPDATE public.users SET mood = mood WHERE concertina_users_mood_new IS NULL;

-- == pets_mood_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the trigger, which converts them: what cannot be
-- converted stays for later.
-- concertina: batch key=id
UPDATE public."Pets" SET "Mood" = "Mood" WHERE "concertina_Pets_Mood_new" IS NULL;

-- == users_mood_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index users_mood for users.mood.
CREATE INDEX CONCURRENTLY concertina_users_users_mood_copy ON public.users (concertina_users_mood_new, id);

-- == users_mood_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on a value of users.mood that cannot be converted is refused.
CREATE OR REPLACE FUNCTION public.concertina_users_mood_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_users_mood_new := (SELECT CASE mood WHEN 'so-so' THEN 'good' ELSE mood::text::public.concertina_mood_new END FROM (SELECT NEW.*) AS users);
  RETURN NEW;
END
$concertina$;

-- == pets_mood_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on a value of Pets.Mood that cannot be converted is refused.
CREATE OR REPLACE FUNCTION public."concertina_Pets_Mood_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Pets_Mood_new" := (SELECT "Mood"::text::public.concertina_mood_new FROM (SELECT NEW.*) AS "Pets");
  RETURN NEW;
END
$concertina$;

-- == users_mood_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- What was left: PostgreSQL names the first value of users.mood that cannot be converted.
-- concertina: batch key=id
UPDATE public.users SET concertina_users_mood_new = (CASE mood WHEN 'so-so' THEN 'good' ELSE mood::text::public.concertina_mood_new END) WHERE concertina_users_mood_new IS NULL;

-- == pets_mood_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- What was left: PostgreSQL names the first value of Pets.Mood that cannot be converted.
-- concertina: batch key=id
UPDATE public."Pets" SET "concertina_Pets_Mood_new" = ("Mood"::text::public.concertina_mood_new) WHERE "concertina_Pets_Mood_new" IS NULL;

-- == users_mood_tighten_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Declares the second users.mood as required: every row written from now on has it.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_mood_not_null CHECK (concertina_users_mood_new IS NOT NULL) NOT VALID;

-- == users_mood_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_mood_not_null;

-- == users_mood_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes users.mood as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER zz_concertina_users_mood_sync ON public.users;
DROP FUNCTION public.concertina_users_mood_sync();
ALTER TABLE public.users ALTER COLUMN concertina_users_mood_new SET DEFAULT 'good';
ALTER TABLE public.users ALTER COLUMN concertina_users_mood_new SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_mood_not_null;
-- concertina: allow drop-column because "every live instance knows the labels of the new type alone"
ALTER TABLE public.users DROP COLUMN mood;
ALTER TABLE public.users RENAME COLUMN concertina_users_mood_new TO mood;
ALTER INDEX public.concertina_users_users_mood_copy RENAME TO users_mood;

-- == pets_mood_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes Pets.Mood as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER "zz_concertina_Pets_Mood_sync" ON public."Pets";
DROP FUNCTION public."concertina_Pets_Mood_sync"();
-- concertina: allow drop-column because "every live instance knows the labels of the new type alone"
ALTER TABLE public."Pets" DROP COLUMN "Mood";
ALTER TABLE public."Pets" RENAME COLUMN "concertina_Pets_Mood_new" TO "Mood";

DROP TYPE public.mood;

ALTER TYPE public.concertina_mood_new RENAME TO mood;

-- N: reads and writes users.mood with the labels of the old type; the database keeps a second column of the new one; reads and writes Pets.Mood with the labels of the old type; the database keeps a second column of the new one
-- N+1: reads and writes users.mood with the labels that both types have: the contract phase changes it under its feet, when no instance below N+1 is alive; reads and writes Pets.Mood with the labels that both types have: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write the labels that users.mood did not have; may write the labels that Pets.Mood did not have
-- note: rows of users.mood whose label the new type lacks stop nobody while release N writes; they stop the contract phase, before anything is dropped: give them another label, in USING or by an UPDATE, and start it again
-- note: rows of Pets.Mood whose label the new type lacks stop nobody while release N writes; they stop the contract phase, before anything is dropped: give them another label, in USING or by an UPDATE, and start it again
