-- == enum_to_lookup_table_expand ==
-- concertina: phase expand

CREATE TABLE states (name text PRIMARY KEY);

INSERT INTO states VALUES ('new'), ('paid'), ('sent');

-- == orders_state_expand ==
-- concertina: phase expand

-- A second column for orders.state as text. The trigger makes it follow what releases write into
-- the first.
ALTER TABLE public.orders ADD COLUMN concertina_orders_state_new text;
CREATE FUNCTION public.concertina_orders_state_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_orders_state_new := (SELECT state::text FROM (SELECT NEW.*) AS orders);
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_orders_state_sync BEFORE INSERT OR UPDATE OF id, state ON public.orders
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_state_sync();

-- == orders_state_backfill ==
-- concertina: phase migrate

-- Fills orders.concertina_orders_state_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.orders SET concertina_orders_state_new = state WHERE concertina_orders_state_new IS NULL AND state IS NOT NULL;

-- == orders_state_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index orders_state for orders.state.
CREATE INDEX CONCURRENTLY concertina_orders_orders_state_copy ON public.orders (concertina_orders_state_new);

-- == orders_state_index_2 ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index orders_open for orders.state.
CREATE INDEX CONCURRENTLY concertina_orders_orders_open_copy ON public.orders (id) WHERE concertina_orders_state_new <> 'sent';

-- == orders_state_constraints ==
-- concertina: phase migrate

-- Declares the second orders.state as required: every row written from now on has it.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_state_not_null CHECK (concertina_orders_state_new IS NOT NULL) NOT VALID;

-- == orders_state_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_state_not_null;

-- == orders_state_fkey_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key orders_state_fkey for the second column: it locks both tables, briefly.
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_orders_state_fkey_copy FOREIGN KEY (concertina_orders_state_new) REFERENCES public.states (name) NOT VALID;

-- == orders_state_fkey_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT concertina_orders_orders_state_fkey_copy;

-- == orders_state_fkey_foreign_key_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key of the second column takes the place of orders_state_fkey.
ALTER TABLE public.orders RENAME CONSTRAINT concertina_orders_orders_state_fkey_copy TO orders_state_fkey;

-- == orders_state_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes orders.state as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER zz_concertina_orders_state_sync ON public.orders;
DROP FUNCTION public.concertina_orders_state_sync();
ALTER TABLE public.orders ALTER COLUMN concertina_orders_state_new SET DEFAULT 'new';
ALTER TABLE public.orders ALTER COLUMN concertina_orders_state_new SET NOT NULL;
ALTER TABLE public.orders DROP CONSTRAINT concertina_orders_state_not_null;
ALTER TABLE public.orders DROP COLUMN state;
ALTER TABLE public.orders RENAME COLUMN concertina_orders_state_new TO state;
ALTER INDEX public.concertina_orders_orders_state_copy RENAME TO orders_state;
ALTER INDEX public.concertina_orders_orders_open_copy RENAME TO orders_open;

DROP TYPE state;

-- N: reads and writes orders.state as public.state; the database keeps a second column of the new type
-- N+1: takes orders.state as public.state and as text: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write values of orders.state that only text can hold
-- note: orders.state becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
