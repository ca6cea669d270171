-- == users_id_expand ==
-- concertina: phase expand

-- A second column for users.id as bigint. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public.users ADD COLUMN concertina_users_id_new bigint;
CREATE FUNCTION public.concertina_users_id_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_users_id_new := NEW.id;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_users_id_sync BEFORE INSERT OR UPDATE OF id ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_users_id_sync();

-- == orders_id_expand ==
-- concertina: phase expand

-- A second column for orders.id as bigint. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public.orders ADD COLUMN concertina_orders_id_new bigint;
CREATE FUNCTION public.concertina_orders_id_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_orders_id_new := NEW.id;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_orders_id_sync BEFORE INSERT OR UPDATE OF id ON public.orders
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_id_sync();

-- A second column for orders.user_id as bigint. The trigger makes it follow what releases write
-- into the first.
ALTER TABLE public.orders ADD COLUMN concertina_orders_user_id_new bigint;
CREATE FUNCTION public.concertina_orders_user_id_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'UPDATE' AND ROW(NEW.concertina_orders_user_id_new)::record *<> ROW(OLD.concertina_orders_user_id_new)::record
     AND ROW(NEW.user_id)::record *= ROW(OLD.user_id)::record THEN
    NEW.user_id := NEW.concertina_orders_user_id_new;
  ELSE
    NEW.concertina_orders_user_id_new := NEW.user_id;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_orders_user_id_sync BEFORE INSERT OR UPDATE OF id, user_id, concertina_orders_user_id_new ON public.orders
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.orders (concertina_orders_user_id_new)') EXECUTE FUNCTION public.concertina_orders_user_id_sync();

-- A second column for orders.referrer as bigint. The trigger makes it follow what releases write
-- into the first.
ALTER TABLE public.orders ADD COLUMN concertina_orders_referrer_new bigint;
CREATE FUNCTION public.concertina_orders_referrer_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'UPDATE' AND ROW(NEW.concertina_orders_referrer_new)::record *<> ROW(OLD.concertina_orders_referrer_new)::record
     AND ROW(NEW.referrer)::record *= ROW(OLD.referrer)::record THEN
    NEW.referrer := NEW.concertina_orders_referrer_new;
  ELSE
    NEW.concertina_orders_referrer_new := NEW.referrer;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_orders_referrer_sync BEFORE INSERT OR UPDATE OF id, referrer, concertina_orders_referrer_new ON public.orders
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.orders (concertina_orders_referrer_new)') EXECUTE FUNCTION public.concertina_orders_referrer_sync();

-- == users_id_backfill ==
-- concertina: phase migrate

-- Fills users.concertina_users_id_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.users SET concertina_users_id_new = id WHERE concertina_users_id_new IS NULL AND id IS NOT NULL;

-- == orders_id_backfill ==
-- concertina: phase migrate

-- Fills orders.concertina_orders_id_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.orders SET concertina_orders_id_new = id WHERE concertina_orders_id_new IS NULL AND id IS NOT NULL;

-- == orders_user_id_backfill ==
-- concertina: phase migrate

-- Fills orders.concertina_orders_user_id_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.orders SET concertina_orders_user_id_new = user_id WHERE concertina_orders_user_id_new IS NULL AND user_id IS NOT NULL;

-- == orders_referrer_backfill ==
-- concertina: phase migrate

-- Fills orders.concertina_orders_referrer_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.orders SET concertina_orders_referrer_new = referrer WHERE concertina_orders_referrer_new IS NULL AND referrer IS NOT NULL;

-- == users_id_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index users_pkey for users.id.
CREATE UNIQUE INDEX CONCURRENTLY concertina_users_users_pkey_copy ON public.users (concertina_users_id_new);

-- == orders_id_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index orders_pkey for orders.id.
CREATE UNIQUE INDEX CONCURRENTLY concertina_orders_orders_pkey_copy ON public.orders (concertina_orders_id_new);

-- == orders_id_index_2 ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index orders_user for orders.id.
CREATE INDEX CONCURRENTLY concertina_orders_orders_user_copy ON public.orders (concertina_orders_user_id_new, concertina_orders_id_new DESC);

-- == orders_referrer_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index orders_referrers for orders.referrer.
CREATE INDEX CONCURRENTLY concertina_orders_orders_referrers_copy ON public.orders (concertina_orders_referrer_new);

-- == orders_id_index_3 ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index orders_referrer for orders.id.
CREATE UNIQUE INDEX CONCURRENTLY concertina_orders_orders_referrer_copy ON public.orders (concertina_orders_referrer_new, concertina_orders_id_new) WHERE concertina_orders_referrer_new > 0;

-- == users_id_constraints ==
-- concertina: phase migrate

-- Declares the second users.id as required: every row written from now on has it.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_id_not_null CHECK (concertina_users_id_new IS NOT NULL) NOT VALID;

-- The check users_id_check for users.id: the rows that are there are not read yet.
ALTER TABLE public.users ADD CONSTRAINT concertina_users_users_id_check_copy CHECK (concertina_users_id_new > 0) NOT VALID;

-- == orders_id_constraints ==
-- concertina: phase migrate

-- Declares the second orders.id as required: every row written from now on has it.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_id_not_null CHECK (concertina_orders_id_new IS NOT NULL) NOT VALID;

-- Declares the second orders.user_id as required: every row written from now on has it.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_user_id_not_null CHECK (concertina_orders_user_id_new IS NOT NULL) NOT VALID;

-- == orders_user_id_fkey_foreign_key ==
-- concertina: phase migrate

-- The foreign key orders_user_id_fkey for the second column: it locks both tables, briefly.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_orders_user_id_fkey_copy FOREIGN KEY (concertina_orders_user_id_new) REFERENCES public.users (concertina_users_id_new) ON DELETE CASCADE ON UPDATE CASCADE NOT VALID;

-- == orders_referred_by_foreign_key ==
-- concertina: phase migrate

-- The foreign key referred_by for the second column: it locks both tables, briefly.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_referred_by_copy FOREIGN KEY (concertina_orders_referrer_new) REFERENCES public.users (concertina_users_id_new) ON DELETE SET NULL ON UPDATE CASCADE NOT VALID;

-- == users_id_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_id_not_null;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT concertina_users_users_id_check_copy;

-- == orders_id_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_id_not_null;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_user_id_not_null;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_orders_user_id_fkey_copy;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_referred_by_copy;

-- == orders_user_id_fkey_foreign_key_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key of the second column takes the place of orders_user_id_fkey.
ALTER TABLE public.orders DROP CONSTRAINT orders_user_id_fkey;
ALTER TABLE public.orders RENAME CONSTRAINT concertina_orders_orders_user_id_fkey_copy TO orders_user_id_fkey;

-- == orders_referred_by_foreign_key_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key of the second column takes the place of referred_by.
ALTER TABLE public.orders DROP CONSTRAINT referred_by;
ALTER TABLE public.orders RENAME CONSTRAINT concertina_orders_referred_by_copy TO referred_by;
COMMENT ON CONSTRAINT referred_by ON public.orders IS 'who brought them';

-- == users_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes users.id as it will be: the second column takes the place and the names
-- of the first.
DROP TRIGGER zz_concertina_users_id_sync ON public.users;
DROP FUNCTION public.concertina_users_id_sync();
ALTER TABLE public.users ALTER COLUMN concertina_users_id_new SET DEFAULT nextval('users_id_seq'::regclass);
ALTER TABLE public.users ALTER COLUMN concertina_users_id_new SET NOT NULL;
ALTER TABLE public.users DROP CONSTRAINT concertina_users_id_not_null;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.concertina_users_id_new;
ALTER TABLE public.users DROP COLUMN id;
ALTER TABLE public.users RENAME COLUMN concertina_users_id_new TO id;
ALTER TABLE public.users RENAME CONSTRAINT concertina_users_users_id_check_copy TO users_id_check;
COMMENT ON CONSTRAINT users_id_check ON public.users IS 'counted from 1';
ALTER TABLE public.users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX concertina_users_users_pkey_copy;
COMMENT ON CONSTRAINT users_pkey ON public.users IS 'who it is';
COMMENT ON INDEX public.users_pkey IS 'the key''s index';

-- == orders_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes orders.id, user_id, referrer as it will be: the second column takes the
-- place and the names of the first.
DROP TRIGGER zz_concertina_orders_id_sync ON public.orders;
DROP FUNCTION public.concertina_orders_id_sync();
ALTER TABLE public.orders ALTER COLUMN concertina_orders_id_new SET NOT NULL;
ALTER TABLE public.orders DROP CONSTRAINT concertina_orders_id_not_null;
ALTER TABLE public.orders ALTER COLUMN concertina_orders_id_new ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.concertina_orders_id_seq INCREMENT 2);
SELECT setval('public.concertina_orders_id_seq', last_value, is_called) FROM public.orders_id_seq;
DROP TRIGGER zz_concertina_orders_user_id_sync ON public.orders;
DROP FUNCTION public.concertina_orders_user_id_sync();
ALTER TABLE public.orders ALTER COLUMN concertina_orders_user_id_new SET NOT NULL;
ALTER TABLE public.orders DROP CONSTRAINT concertina_orders_user_id_not_null;
DROP TRIGGER zz_concertina_orders_referrer_sync ON public.orders;
DROP FUNCTION public.concertina_orders_referrer_sync();
ALTER TABLE public.orders DROP COLUMN id;
ALTER TABLE public.orders DROP COLUMN user_id;
ALTER TABLE public.orders DROP COLUMN referrer;
ALTER SEQUENCE public.concertina_orders_id_seq RENAME TO orders_id_seq;
ALTER TABLE public.orders RENAME COLUMN concertina_orders_id_new TO id;
ALTER TABLE public.orders RENAME COLUMN concertina_orders_user_id_new TO user_id;
ALTER TABLE public.orders RENAME COLUMN concertina_orders_referrer_new TO referrer;
ALTER TABLE public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX concertina_orders_orders_pkey_copy;
ALTER INDEX public.concertina_orders_orders_user_copy RENAME TO orders_user;
COMMENT ON INDEX public.orders_user IS 'newest first';
ALTER INDEX public.concertina_orders_orders_referrers_copy RENAME TO orders_referrers;
ALTER INDEX public.concertina_orders_orders_referrer_copy RENAME TO orders_referrer;

-- N: reads and writes users.id as integer; the database keeps a second column of the new type; reads and writes orders.id as integer; the database keeps a second column of the new type; reads and writes orders.user_id as integer; the database keeps a second column of the new type; reads and writes orders.referrer as integer; the database keeps a second column of the new type
-- N+1: takes users.id as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; takes orders.id as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; takes orders.user_id as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; takes orders.referrer as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write values of users.id that only bigint can hold; may write values of orders.id that only bigint can hold; may write values of orders.user_id that only bigint can hold; may write values of orders.referrer that only bigint can hold
-- note: users.id becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: while both columns of users.id have a unique index, INSERT .. ON CONFLICT (id) can meet the other one's 23505 when two sessions insert the same key at once: retry it
-- note: orders.id becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: orders.user_id becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: orders.referrer becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: while both columns of orders.id have a unique index, INSERT .. ON CONFLICT (id) can meet the other one's 23505 when two sessions insert the same key at once: retry it
