-- == users_first_name_expand ==
-- concertina: phase expand

-- Adds first_name, Last Name beside name. The trigger computes the new ones from the old ones and
-- back, whichever of them a release writes.
ALTER TABLE public.users ADD COLUMN first_name text, ADD "Last Name" text;
CREATE FUNCTION public.concertina_users_first_name_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
DECLARE
  concertina_up_1 public.users.first_name%TYPE := (SELECT split_part(name, ' ', 1) FROM (SELECT NEW.*) AS users);
  concertina_up_2 public.users."Last Name"%TYPE := (SELECT ltrim(substr(name, length(split_part(name, ' ', 1)) + 1)) FROM (SELECT NEW.*) AS users);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF num_nonnulls(NEW.first_name, NEW."Last Name") = 0 THEN
      NEW.first_name := concertina_up_1;
      NEW."Last Name" := concertina_up_2;
    ELSIF ROW(NEW.first_name, NEW."Last Name")::record *<> ROW(concertina_up_1, concertina_up_2)::record THEN
      NEW.name := (SELECT first_name || CASE WHEN "Last Name" = '' THEN '' ELSE ' ' || "Last Name" END FROM (SELECT NEW.*) AS users);
    END IF;
  ELSIF ROW(NEW.first_name, NEW."Last Name")::record *= ROW(OLD.first_name, OLD."Last Name")::record THEN
    IF ROW(NEW.name)::record *<> ROW(OLD.name)::record OR num_nonnulls(NEW.first_name, NEW."Last Name") = 0 THEN
      NEW.first_name := concertina_up_1;
      NEW."Last Name" := concertina_up_2;
    END IF;
  ELSIF ROW(NEW.first_name, NEW."Last Name")::record *<> ROW(concertina_up_1, concertina_up_2)::record THEN
    NEW.name := (SELECT first_name || CASE WHEN "Last Name" = '' THEN '' ELSE ' ' || "Last Name" END FROM (SELECT NEW.*) AS users);
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_first_name_sync BEFORE INSERT OR UPDATE OF id, name, first_name, "Last Name" ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_users_first_name_sync();

-- == users_first_name_backfill ==
-- concertina: phase migrate

-- Fills first_name, Last Name in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE users SET first_name = split_part(name, ' ', 1), "Last Name" = ltrim(substr(name, length(split_part(name, ' ', 1)) + 1)) WHERE first_name IS NULL AND "Last Name" IS NULL;

-- == users_first_name_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY users_first_name ON users (first_name);

-- == users_first_name_constraints ==
-- concertina: phase migrate

-- Declares users.first_name as required: every row written from now on has it.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_first_name_not_null CHECK (first_name IS NOT NULL) NOT VALID;

-- == users_first_name_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_first_name_not_null;

-- == users_first_name_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no first_name is NULL, so NOT NULL needs no scan.
ALTER TABLE public.users ALTER COLUMN first_name SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_first_name_not_null;

-- No live instance knows name any more.
DROP TRIGGER zz_concertina_users_first_name_sync ON public.users;
DROP FUNCTION public.concertina_users_first_name_sync();
ALTER TABLE public.users DROP COLUMN name;

-- N: reads and writes name of users; the database computes first_name, Last Name; works as before, on every schema on the way
-- N+1: starts once the migrate phase is done; reads and writes first_name, Last Name only, and the database computes name for release N: the contract phase runs when no instance below N+1 is alive
-- note: what computes first_name, Last Name runs inside the writes of release N: it must not fail for any value of name
