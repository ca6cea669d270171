-- == hook_id_expand ==
-- concertina: phase expand

-- A second column for Hook.id as text. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public."Hook" ADD COLUMN "concertina_Hook_id_new" text;
CREATE FUNCTION public."concertina_Hook_id_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Hook_id_new" := NEW.id;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Hook_id_sync" BEFORE INSERT OR UPDATE OF id ON public."Hook"
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Hook_id_sync"();

-- A second column for Hook.x as numeric(65,30). The trigger makes it follow what releases write
-- into the first; a value that cannot be converted leaves it NULL and stops nobody.
ALTER TABLE public."Hook" ADD COLUMN "concertina_Hook_x_new" numeric(65,30);
CREATE FUNCTION public."concertina_Hook_x_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Hook_x_new" := NEW.x;
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  NEW."concertina_Hook_x_new" := NULL;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Hook_x_sync" BEFORE INSERT OR UPDATE OF id, x ON public."Hook"
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Hook_x_sync"();

-- A second column for Hook.y as numeric(65,30). The trigger makes it follow what releases write
-- into the first; a value that cannot be converted leaves it NULL and stops nobody.
ALTER TABLE public."Hook" ADD COLUMN "concertina_Hook_y_new" numeric(65,30);
CREATE FUNCTION public."concertina_Hook_y_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Hook_y_new" := NEW.y;
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  NEW."concertina_Hook_y_new" := NULL;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Hook_y_sync" BEFORE INSERT OR UPDATE OF id, y ON public."Hook"
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Hook_y_sync"();

-- concertina: allow mixed-phases because "there is nothing yet that it could drop"
DROP FUNCTION IF EXISTS secret(int);

CREATE FUNCTION secret(a int) RETURNS int LANGUAGE sql AS 'SELECT a';

ALTER TABLE "Hook" ADD COLUMN quota int, ADD used int;

-- Adds Hook.limits; its default stands for it in the rows that are there and in those of a release
-- that does not know it.
ALTER TABLE public."Hook" ADD limits jsonb DEFAULT '[]'::jsonb NOT NULL;

-- == hook_id_backfill ==
-- concertina: phase migrate

-- Fills Hook.concertina_Hook_id_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public."Hook" SET "concertina_Hook_id_new" = id WHERE "concertina_Hook_id_new" IS NULL AND id IS NOT NULL;

-- == hook_x_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the trigger, which converts them: what cannot be
-- converted stays for later.
-- concertina: batch key=id
UPDATE public."Hook" SET x = x WHERE "concertina_Hook_x_new" IS NULL AND x IS NOT NULL;

-- == hook_y_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the trigger, which converts them: what cannot be
-- converted stays for later.
-- concertina: batch key=id
UPDATE public."Hook" SET y = y WHERE "concertina_Hook_y_new" IS NULL AND y IS NOT NULL;

-- == hook_id_constraints ==
-- concertina: phase migrate

-- Declares the second Hook.id as required: every row written from now on has it.
ALTER TABLE public."Hook" ADD CONSTRAINT "concertina_Hook_id_not_null" CHECK ("concertina_Hook_id_new" IS NOT NULL) NOT VALID;

-- == hook_id_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Hook" VALIDATE CONSTRAINT "concertina_Hook_id_not_null";

-- == hook_x_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on a value of Hook.x that cannot be converted is refused.
CREATE OR REPLACE FUNCTION public."concertina_Hook_x_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Hook_x_new" := NEW.x;
  RETURN NEW;
END
$concertina$;

-- From here on a value of Hook.y that cannot be converted is refused.
CREATE OR REPLACE FUNCTION public."concertina_Hook_y_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Hook_y_new" := NEW.y;
  RETURN NEW;
END
$concertina$;

-- == hook_x_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- What was left: PostgreSQL names the first value of Hook.x that cannot be converted.
-- concertina: batch key=id
UPDATE public."Hook" SET "concertina_Hook_x_new" = x WHERE "concertina_Hook_x_new" IS NULL AND x IS NOT NULL;

-- == hook_y_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- What was left: PostgreSQL names the first value of Hook.y that cannot be converted.
-- concertina: batch key=id
UPDATE public."Hook" SET "concertina_Hook_y_new" = y WHERE "concertina_Hook_y_new" IS NULL AND y IS NOT NULL;

-- == hook_x_tighten_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Declares the second Hook.x as required: every row written from now on has it.
ALTER TABLE public."Hook" ADD CONSTRAINT "concertina_Hook_x_not_null" CHECK ("concertina_Hook_x_new" IS NOT NULL) NOT VALID;

-- Declares the second Hook.y as required: every row written from now on has it.
ALTER TABLE public."Hook" ADD CONSTRAINT "concertina_Hook_y_not_null" CHECK ("concertina_Hook_y_new" IS NOT NULL) NOT VALID;

-- == hook_id_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The index Hook_pkey for Hook.id.
CREATE UNIQUE INDEX CONCURRENTLY "concertina_Hook_Hook_pkey_copy" ON public."Hook" ("concertina_Hook_id_new");

-- == hook_x_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Hook" VALIDATE CONSTRAINT "concertina_Hook_x_not_null";

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Hook" VALIDATE CONSTRAINT "concertina_Hook_y_not_null";

-- == hook_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes Hook.id, x, y as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER "zz_concertina_Hook_id_sync" ON public."Hook";
DROP FUNCTION public."concertina_Hook_id_sync"();
ALTER TABLE public."Hook" ALTER COLUMN "concertina_Hook_id_new" SET NOT NULL;
ALTER TABLE public."Hook" DROP CONSTRAINT "concertina_Hook_id_not_null";
DROP TRIGGER "zz_concertina_Hook_x_sync" ON public."Hook";
DROP FUNCTION public."concertina_Hook_x_sync"();
ALTER TABLE public."Hook" ALTER COLUMN "concertina_Hook_x_new" SET DEFAULT 0;
ALTER TABLE public."Hook" ALTER COLUMN "concertina_Hook_x_new" SET NOT NULL;
ALTER TABLE public."Hook" DROP CONSTRAINT "concertina_Hook_x_not_null";
DROP TRIGGER "zz_concertina_Hook_y_sync" ON public."Hook";
DROP FUNCTION public."concertina_Hook_y_sync"();
ALTER TABLE public."Hook" ALTER COLUMN "concertina_Hook_y_new" SET DEFAULT -1;
ALTER TABLE public."Hook" ALTER COLUMN "concertina_Hook_y_new" SET NOT NULL;
ALTER TABLE public."Hook" DROP CONSTRAINT "concertina_Hook_y_not_null";
ALTER TABLE public."Hook" DROP COLUMN id;
ALTER TABLE public."Hook" DROP COLUMN x;
ALTER TABLE public."Hook" DROP COLUMN y;
ALTER TABLE public."Hook" RENAME COLUMN "concertina_Hook_id_new" TO id;
ALTER TABLE public."Hook" RENAME COLUMN "concertina_Hook_x_new" TO x;
ALTER TABLE public."Hook" RENAME COLUMN "concertina_Hook_y_new" TO y;
ALTER TABLE public."Hook" ADD CONSTRAINT "Hook_pkey" PRIMARY KEY USING INDEX "concertina_Hook_Hook_pkey_copy";

-- Every live instance gives Hook.limits itself: takes the default away.
ALTER TABLE public."Hook" ALTER COLUMN limits DROP DEFAULT;

-- N: reads and writes Hook.id as integer; the database keeps a second column of the new type; reads and writes Hook.x as integer; the database keeps a second column of the new type; reads and writes Hook.y as integer; the database keeps a second column of the new type; does not know Hook.limits; the database gives it a value
-- N+1: takes Hook.id as integer and as text: the contract phase changes it under its feet, when no instance below N+1 is alive; takes Hook.x as integer and as numeric(65,30): the contract phase changes it under its feet, when no instance below N+1 is alive; takes Hook.y as integer and as numeric(65,30): the contract phase changes it under its feet, when no instance below N+1 is alive; writes Hook.limits, and reads it once the migrate phase is done
-- N+2: may write values of Hook.id that only text can hold; may write values of Hook.x that only numeric(65,30) can hold; may write values of Hook.y that only numeric(65,30) can hold; as N+1: when no instance below N+1 is alive, the contract phase leaves Hook.limits to the application
-- note: Hook.id becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: Hook.x becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: a value of Hook.x that cannot be converted stops nobody while release N writes; it stops the contract phase, before anything is dropped: repair the row and start it again
-- note: Hook.y becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: a value of Hook.y that cannot be converted stops nobody while release N writes; it stops the contract phase, before anything is dropped: repair the row and start it again
-- note: while both columns of Hook.id have a unique index, INSERT .. ON CONFLICT (id) can meet the other one's 23505 when two sessions insert the same key at once: retry it
