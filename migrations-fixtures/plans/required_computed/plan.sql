-- == orders_total_expand ==
-- concertina: phase expand

-- Adds orders.total. The trigger computes it for a release that does not know it, and lets one that
-- does write what it likes.
ALTER TABLE public.orders ADD COLUMN total numeric(12, 2);
CREATE FUNCTION public.concertina_orders_total_fill() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF NEW.total IS NULL
     OR TG_OP = 'UPDATE'
        AND ROW(NEW.total)::record *= ROW(OLD.total)::record
        AND ROW(NEW.amount, NEW.vat)::record *<> ROW(OLD.amount, OLD.vat)::record THEN
    NEW.total := (SELECT round(orders.amount * (1 + coalesce(vat, 0) / 100), 2) FROM (SELECT NEW.*) AS orders);
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_orders_total_fill BEFORE INSERT OR UPDATE ON public.orders
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'orders (total)') EXECUTE FUNCTION public.concertina_orders_total_fill();

-- == orders_total_backfill ==
-- concertina: phase migrate

-- Fills orders.total in the rows that were there before.
-- concertina: batch key=id
UPDATE orders SET total = round(orders.amount * (1 + coalesce(vat, 0) / 100), 2) WHERE total IS NULL;

-- == orders_total_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY orders_total ON orders (total);

-- == orders_total_constraints ==
-- concertina: phase migrate

-- Declares orders.total as required: every row written from now on has it.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_total_not_null CHECK (total IS NOT NULL) NOT VALID;

-- Every row written from now on satisfies it; the rows that are there are not read yet.
ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;

-- == orders_total_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_total_not_null;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_total_check;

-- == orders_total_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no total is NULL, so NOT NULL needs no scan.
DROP TRIGGER zz_concertina_orders_total_fill ON public.orders;
DROP FUNCTION public.concertina_orders_total_fill();
ALTER TABLE public.orders ALTER COLUMN total SET NOT NULL;
ALTER TABLE public.orders DROP CONSTRAINT concertina_orders_total_not_null;

-- N: does not know orders.total; the database gives it a value; works as before, on every schema on the way
-- N+1: writes orders.total, and reads it once the migrate phase is done
-- N+2: as N+1: when no instance below N+1 is alive, the contract phase leaves orders.total to the application
-- note: orders.total is required once the migrate phase is done: the value computed for it must never be NULL
