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

-- == orders_customer_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows orders.user_id any more: the second column goes, and the first takes its
-- name, with all that hangs on it.
DROP TRIGGER zz_concertina_orders_customer_id_sync ON public.orders;
DROP FUNCTION public.concertina_orders_customer_id_sync();
ALTER TABLE public.orders DROP COLUMN customer_id;
ALTER TABLE public.orders RENAME COLUMN user_id TO customer_id;

-- N: reads and writes orders.user_id; the database keeps orders.customer_id the same
-- N+1: starts once the migrate phase is done; may write orders.customer_id beside or instead of orders.user_id
-- N+2: reads and writes orders.customer_id only
-- N+3: orders.user_id is gone: the contract phase runs when no instance below N+2 is alive
