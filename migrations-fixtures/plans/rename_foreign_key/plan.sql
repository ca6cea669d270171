-- == orders_customer_id_expand ==
-- concertina: phase expand

-- Adds orders.customer_id beside orders.user_id. The trigger keeps the two the same, whichever of
-- them a release writes.
ALTER TABLE public.orders ADD COLUMN customer_id integer;
CREATE FUNCTION public.concertina_orders_customer_id_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.customer_id IS NULL THEN
      NEW.customer_id := NEW.user_id;
    ELSE
      NEW.user_id := NEW.customer_id;
    END IF;
  ELSIF ROW(NEW.customer_id)::record *<> ROW(OLD.customer_id)::record THEN
    NEW.user_id := NEW.customer_id;
  ELSE
    NEW.customer_id := NEW.user_id;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_orders_customer_id_sync BEFORE INSERT OR UPDATE OF id, user_id, customer_id ON public.orders
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.orders (customer_id)') EXECUTE FUNCTION public.concertina_orders_customer_id_sync();

-- == orders_customer_id_backfill ==
-- concertina: phase migrate

-- Fills orders.customer_id in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.orders SET customer_id = user_id WHERE customer_id IS DISTINCT FROM user_id;

-- == orders_customer_id_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index orders_user for orders.customer_id.
CREATE INDEX CONCURRENTLY concertina_orders_orders_user_copy ON public.orders (customer_id, id DESC) INCLUDE (referrer);

-- == orders_customer_id_constraints ==
-- concertina: phase migrate

-- Gives orders.customer_id what the old column has: the trigger guarantees it for every row written
-- from now on.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_customer_id_not_null CHECK (customer_id IS NOT NULL) NOT VALID;

-- == orders_user_id_fkey_foreign_key ==
-- concertina: phase migrate

-- The foreign key orders_user_id_fkey for the second column: it locks both tables, briefly.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_orders_user_id_fkey_copy FOREIGN KEY (customer_id) REFERENCES public.users (id) ON DELETE CASCADE ON UPDATE CASCADE NOT VALID;

-- == orders_customer_id_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_customer_id_not_null;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_orders_user_id_fkey_copy;

-- == orders_user_id_fkey_foreign_key_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key of the second column takes the place of orders_user_id_fkey.
ALTER TABLE public.orders DROP CONSTRAINT orders_user_id_fkey;
ALTER TABLE public.orders RENAME CONSTRAINT concertina_orders_orders_user_id_fkey_copy TO orders_user_id_fkey;

-- == orders_customer_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows orders.user_id any more: drops it, and gives orders.customer_id its place
-- and names.
DROP TRIGGER zz_concertina_orders_customer_id_sync ON public.orders;
DROP FUNCTION public.concertina_orders_customer_id_sync();
ALTER TABLE public.orders ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE public.orders DROP CONSTRAINT concertina_orders_customer_id_not_null;
ALTER TABLE public.orders DROP COLUMN user_id;
ALTER INDEX public.concertina_orders_orders_user_copy RENAME TO orders_user;

-- N: reads and writes orders.user_id; the database keeps orders.customer_id the same
-- N+1: starts once the migrate phase is done; may write orders.customer_id beside or instead of orders.user_id
-- N+2: reads and writes orders.customer_id only
-- N+3: orders.user_id is gone: the contract phase runs when no instance below N+2 is alive
-- note: privileges on the column orders.user_id alone, its comment, statistics target and storage are not copied to the second column: write them into the last file
-- note: orders.customer_id becomes the last column of the table; a plain rename would keep its place
