-- == enum_remove_prisma_expand ==
-- concertina: phase expand

CREATE TYPE "Role_new" AS ENUM ('USER', 'ADMIN');

-- A second column for User.role as public."Role_new". The trigger makes it follow what releases
-- write into the first; a value that cannot be converted leaves it NULL and stops nobody.
ALTER TABLE public."User" ADD COLUMN "concertina_User_role_new" public."Role_new";
CREATE FUNCTION public."concertina_User_role_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_User_role_new" := (SELECT ("role"::text::"Role_new") FROM (SELECT NEW.*) AS "User");
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  NEW."concertina_User_role_new" := NULL;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_User_role_sync" BEFORE INSERT OR UPDATE OF id, role ON public."User"
  FOR EACH ROW EXECUTE FUNCTION public."concertina_User_role_sync"();

-- == user_role_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the trigger, which converts them: what cannot be
-- converted stays for later.
-- concertina: batch key=id
UPDATE public."User" SET role = role WHERE "concertina_User_role_new" IS NULL;

-- == user_role_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on a value of User.role that cannot be converted is refused.
CREATE OR REPLACE FUNCTION public."concertina_User_role_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_User_role_new" := (SELECT ("role"::text::"Role_new") FROM (SELECT NEW.*) AS "User");
  RETURN NEW;
END
$concertina$;

-- == user_role_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- What was left: PostgreSQL names the first value of User.role that cannot be converted.
-- concertina: batch key=id
UPDATE public."User" SET "concertina_User_role_new" = (("role"::text::"Role_new")) WHERE "concertina_User_role_new" IS NULL;

-- == user_role_tighten_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Declares the second User.role as required: every row written from now on has it.
ALTER TABLE public."User" ADD CONSTRAINT "concertina_User_role_not_null" CHECK ("concertina_User_role_new" IS NOT NULL) NOT VALID;

-- == user_role_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."User" VALIDATE CONSTRAINT "concertina_User_role_not_null";

-- == user_role_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes User.role as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER "zz_concertina_User_role_sync" ON public."User";
DROP FUNCTION public."concertina_User_role_sync"();
ALTER TABLE public."User" ALTER COLUMN "concertina_User_role_new" SET DEFAULT 'USER';
ALTER TABLE public."User" ALTER COLUMN "concertina_User_role_new" SET NOT NULL;
ALTER TABLE public."User" DROP CONSTRAINT "concertina_User_role_not_null";
-- concertina: allow drop-column because "every live instance knows the labels of the new type alone"
ALTER TABLE public."User" DROP COLUMN role;
ALTER TABLE public."User" RENAME COLUMN "concertina_User_role_new" TO role;

ALTER TYPE "Role" RENAME TO "Role_old";

ALTER TYPE "Role_new" RENAME TO "Role";

DROP TYPE "Role_old";

-- N: reads and writes User.role with the labels of the old type; the database keeps a second column of the new one
-- N+1: reads and writes User.role with the labels that both types have: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write the labels that User.role did not have
-- note: rows of User.role whose label the new type lacks stop nobody while release N writes; they stop the contract phase, before anything is dropped: give them another label, in USING or by an UPDATE, and start it again
