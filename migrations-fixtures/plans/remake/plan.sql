-- == users_age_expand ==
-- concertina: phase expand

-- A second column for users.age as bigint. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public.users ADD COLUMN concertina_users_age_new bigint;
CREATE FUNCTION public.concertina_users_age_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_users_age_new := NEW.age;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_age_sync BEFORE INSERT OR UPDATE OF id, age ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_users_age_sync();

-- A second column for users.tenant as bigint. The trigger makes it follow what releases write into
-- the first.
ALTER TABLE public.users ADD COLUMN concertina_users_tenant_new bigint;
CREATE FUNCTION public.concertina_users_tenant_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_users_tenant_new := NEW.tenant;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_tenant_sync BEFORE INSERT OR UPDATE OF id, tenant ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_users_tenant_sync();

-- == users_age_backfill ==
-- concertina: phase migrate

-- Fills users.concertina_users_age_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET concertina_users_age_new = age WHERE concertina_users_age_new IS NULL AND age IS NOT NULL;

-- == users_tenant_backfill ==
-- concertina: phase migrate

-- Fills users.concertina_users_tenant_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET concertina_users_tenant_new = tenant WHERE concertina_users_tenant_new IS NULL AND tenant IS NOT NULL;

-- == users_tenant_constraints ==
-- concertina: phase migrate

-- Declares the second users.tenant as required: every row written from now on has it.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_tenant_not_null CHECK (concertina_users_tenant_new IS NOT NULL) NOT VALID;

-- == users_tenant_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_tenant_not_null;

-- == users_age_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- count_ages stands in the way of the change: it goes and comes again in this transaction.
DROP MATERIALIZED VIEW count_ages;

-- old_ages stands in the way of the change: it goes and comes again in this transaction.
DROP VIEW old_ages;

-- ages stands in the way of the change: it goes and comes again in this transaction.
DROP VIEW ages;

-- aged stands in the way of the change: it goes and comes again in this transaction.
DROP TRIGGER aged ON users;

-- own stands in the way of the change: it goes and comes again in this transaction.
DROP POLICY own ON users;

-- olds stands in the way of the change: it goes and comes again in this transaction.
DROP VIEW olds;

-- Every live instance takes users.age, tenant as it will be: the second column takes the place and
-- the names of the first.
DROP TRIGGER zz_concertina_users_age_sync ON public.users;
DROP FUNCTION public.concertina_users_age_sync();
DROP TRIGGER zz_concertina_users_tenant_sync ON public.users;
DROP FUNCTION public.concertina_users_tenant_sync();
ALTER TABLE public.users ALTER COLUMN concertina_users_tenant_new SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_tenant_not_null;
ALTER TABLE public.users DROP COLUMN age;
ALTER TABLE public.users DROP COLUMN tenant;
ALTER TABLE public.users RENAME COLUMN concertina_users_age_new TO age;
ALTER TABLE public.users RENAME COLUMN concertina_users_tenant_new TO tenant;

-- Every live instance takes users.name as text. No row is read: the two types are stored alike.
ALTER TABLE users ALTER name TYPE text;

ALTER TABLE users DROP COLUMN old;

CREATE POLICY own ON users USING (tenant = current_setting('app.tenant', true)::bigint);

CREATE TRIGGER aged AFTER UPDATE OF age ON users FOR EACH ROW EXECUTE FUNCTION note();

CREATE VIEW ages AS SELECT id, age, name FROM users;

CREATE VIEW old_ages AS SELECT id FROM ages WHERE age > 60;

COMMENT ON VIEW old_ages IS 'Who is old.';

-- concertina: allow work-under-lock because "it is filled when it is made, and the old one serves until then"
CREATE MATERIALIZED VIEW count_ages AS SELECT age, count(*) AS n FROM users GROUP BY age;

CREATE UNIQUE INDEX count_ages_age ON count_ages (age);

CREATE VIEW olds AS SELECT id FROM users;

-- N: reads and writes users.age as integer; the database keeps a second column of the new type; reads and writes users.tenant as integer; the database keeps a second column of the new type; reads and writes users.name as it was; reads olds as it was
-- N+1: takes users.age as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; takes users.tenant as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; takes users.name as either type: the contract phase runs when no instance below N+1 is alive; reads olds as it was and as it will be: the contract phase makes it anew when no instance below N+1 is alive
-- N+2: may write values of users.age that only bigint can hold; may write values of users.tenant that only bigint can hold
-- note: count_ages is filled anew while the contract phase holds its locks: readers of it and of the changed table wait that long
-- note: users.age becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: users.tenant becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
