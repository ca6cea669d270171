-- == items_cents_expand ==
-- concertina: phase expand

-- What keeps items.cents, items.currency the same as prices.cents, prices.currency.
-- concertina_prices_cents_keys has the keys whose rows are not as the others: 'made' by the
-- database for release N, 'gone' when release N+1 deleted it, written when another one had the
-- second row: 'late' in the old place, 'ahead' in the new one; 'given' with the value that it had.
ALTER TABLE public.items ADD COLUMN cents bigint, ADD COLUMN currency char(3) NOT NULL DEFAULT 'EUR';
CREATE TABLE public.concertina_prices_cents_keys (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key_1 text NOT NULL, state text NOT NULL);
CREATE INDEX ON public.concertina_prices_cents_keys (key_1);
CREATE FUNCTION public.concertina_prices_cents_waits(holder xid, began timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
-- Whether the transaction that holds a row waits for this one, perhaps by way of others. Since PostgreSQL does not
-- see this one wait, what it waits for ends here when lock_timeout says so.
DECLARE
  holders xid[] := ARRAY[holder];
BEGIN
  IF (SELECT setting::bigint > 0 AND clock_timestamp() - began > setting::bigint * interval '1 millisecond'
        FROM pg_settings WHERE name = 'lock_timeout') THEN
    RAISE lock_not_available USING MESSAGE = 'canceling statement due to lock timeout';
  END IF;
  IF holder IS NULL THEN
    RETURN false;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND transactionid = holder) THEN
    BEGIN
      holders := ARRAY(SELECT xid FROM pg_get_multixact_members(holder));
    EXCEPTION WHEN OTHERS THEN
      RETURN false;
    END;
  END IF;
  RETURN EXISTS (
    WITH RECURSIVE chain AS (
      SELECT pid FROM pg_locks
       WHERE locktype = 'transactionid' AND granted AND transactionid = ANY (holders) AND pid <> pg_backend_pid()
      UNION
      SELECT unnest(pg_blocking_pids(pid)) FROM chain
    )
    SELECT FROM chain WHERE pid = pg_backend_pid());
END
$concertina$;
CREATE FUNCTION public.concertina_prices_cents_send() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_new record;
  concertina_t record;
  concertina_began timestamptz := clock_timestamp();
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = OLD.sku AND k.state = 'own') THEN
    RETURN NULL;
  END IF;
  FOR concertina_new IN
    SELECT NEW.sku AS key_1, NEW.cents AS value_1, NEW.currency AS value_2, false AS cleared WHERE TG_OP <> 'DELETE'
    UNION ALL
    SELECT OLD.sku, NULL, CAST('EUR' AS character(3)), true WHERE TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.sku <> OLD.sku)
  LOOP
    LOOP
      SELECT t.cents, t.currency INTO concertina_t FROM public.items AS t WHERE t.sku = concertina_new.key_1 FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        IF ROW(concertina_t.cents, concertina_t.currency)::record *<> ROW(concertina_new.value_1, concertina_new.value_2)::record THEN
          IF NOT concertina_new.cleared AND (TG_OP = 'INSERT' AND (NEW.cents IS NULL AND (NEW.currency IS NULL OR ROW(NEW.currency)::record *= ROW(CAST('EUR' AS character(3)))::record))
             OR EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'ahead')
             AND NOT EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'late')) THEN
            DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            IF ((CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.cents)::record *<> ROW(OLD.cents)::record THEN NEW.cents ELSE concertina_t.cents END) IS NOT NULL AND (CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.currency)::record *<> ROW(OLD.currency)::record THEN NEW.currency ELSE concertina_t.currency END) IS NOT NULL) IS NOT TRUE THEN
              INSERT INTO public.concertina_prices_cents_keys (key_1, state) VALUES (concertina_new.key_1, 'own');
              DELETE FROM public.prices AS s WHERE s.sku = concertina_new.key_1;
              DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_new.key_1;
              UPDATE public.items AS t SET cents = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.cents)::record *<> ROW(OLD.cents)::record THEN NEW.cents ELSE concertina_t.cents END, currency = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.currency)::record *<> ROW(OLD.currency)::record THEN NEW.currency ELSE concertina_t.currency END WHERE t.sku = concertina_new.key_1;
            ELSE
            UPDATE public.prices AS s SET cents = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.cents)::record *<> ROW(OLD.cents)::record THEN NEW.cents ELSE concertina_t.cents END, currency = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.currency)::record *<> ROW(OLD.currency)::record THEN NEW.currency ELSE concertina_t.currency END WHERE s.sku = concertina_new.key_1;
            END IF;
          ELSE
            DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.items AS t SET cents = concertina_new.value_1, currency = concertina_new.value_2 WHERE t.sku = concertina_new.key_1;
          END IF;
        ELSE
          DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
        END IF;
        EXIT;
      END IF;
      SELECT t.xmax AS holder INTO concertina_t FROM public.items AS t WHERE t.sku = concertina_new.key_1;
      IF NOT FOUND THEN
        EXIT;
      END IF;
      -- Who has the target's row waits for this one, and takes its values when it comes to it.
      IF public.concertina_prices_cents_waits(concertina_t.holder, concertina_began) THEN
        INSERT INTO public.concertina_prices_cents_keys (key_1, state) VALUES (concertina_new.key_1, 'late');
        EXIT;
      END IF;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END LOOP;
  RETURN NULL;
END
$concertina$;
CREATE FUNCTION public.concertina_prices_cents_given_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.prices AS s WHERE s.sku = OLD.sku AND ROW(s.cents)::record *= ROW(NEW.cents)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.prices AS s WHERE s.sku = OLD.sku) THEN
    INSERT INTO public.concertina_prices_cents_keys (key_1, state) VALUES (OLD.sku, 'given_1');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_prices_cents_given_2() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.prices AS s WHERE s.sku = OLD.sku AND ROW(s.currency)::record *= ROW(NEW.currency)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.prices AS s WHERE s.sku = OLD.sku) THEN
    INSERT INTO public.concertina_prices_cents_keys (key_1, state) VALUES (OLD.sku, 'given_2');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_prices_cents_meet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_key_1 text := CASE TG_OP WHEN 'INSERT' THEN NEW.sku ELSE OLD.sku END;
  concertina_s record;
  concertina_found boolean;
  concertina_gives_way boolean := false;
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 2;
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM public.items AS t WHERE t.sku = concertina_key_1) THEN
    RETURN NEW;
  END IF;
  SELECT s.cents, s.currency INTO concertina_s FROM public.prices AS s WHERE s.sku = concertina_key_1 FOR NO KEY UPDATE SKIP LOCKED;
  concertina_found := FOUND;
  IF NOT concertina_found THEN
    WHILE EXISTS (SELECT FROM public.prices AS s WHERE s.sku = concertina_key_1) LOOP
      -- Who has the source's row and waits for this one takes its values when it comes to it.
      concertina_gives_way := public.concertina_prices_cents_waits((SELECT s.xmax FROM public.prices AS s WHERE s.sku = concertina_key_1), concertina_began);
      EXIT WHEN concertina_gives_way;
      BEGIN
        PERFORM set_config('lock_timeout', concertina_wait::text, true);
        SELECT s.cents, s.currency INTO concertina_s FROM public.prices AS s WHERE s.sku = concertina_key_1 FOR NO KEY UPDATE;
        concertina_found := FOUND;
        PERFORM set_config('lock_timeout', concertina_timeout, true);
        EXIT;
      EXCEPTION
        WHEN lock_not_available THEN
          concertina_wait := least(concertina_wait + 1, 20);
        WHEN deadlock_detected THEN
          concertina_gives_way := true;
          EXIT;
      END;
    END LOOP;
  END IF;
  IF concertina_gives_way THEN
    INSERT INTO public.concertina_prices_cents_keys (key_1, state) VALUES (concertina_key_1, 'ahead');
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF concertina_found THEN
      INSERT INTO public.concertina_prices_cents_keys (key_1, state) VALUES (concertina_key_1, 'own');
      DELETE FROM public.prices AS s WHERE s.sku = concertina_key_1;
      DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1;
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF concertina_found AND (NEW.cents IS NULL AND (NEW.currency IS NULL OR ROW(NEW.currency)::record *= ROW(CAST('EUR' AS character(3)))::record)) AND NOT (concertina_s.cents IS NULL AND (concertina_s.currency IS NULL OR ROW(concertina_s.currency)::record *= ROW(CAST('EUR' AS character(3)))::record)) THEN
      NEW.cents := concertina_s.cents;
      NEW.currency := concertina_s.currency;
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.sku <> OLD.sku THEN
    PERFORM FROM public.prices AS s WHERE s.sku = NEW.sku FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  IF concertina_found AND ROW(NEW.cents, NEW.currency)::record *<> ROW(concertina_s.cents, concertina_s.currency)::record
     AND (NOT EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'ahead')
          OR EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late')) THEN
    IF ROW(NEW.cents)::record *= ROW(OLD.cents)::record AND NOT EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.cents := concertina_s.cents;
    END IF;
    IF ROW(NEW.currency)::record *= ROW(OLD.currency)::record AND NOT EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_2') THEN
      NEW.currency := concertina_s.currency;
    END IF;
  ELSIF NOT concertina_found AND NOT concertina_gives_way
     AND EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late') THEN
    IF ROW(NEW.cents)::record *= ROW(OLD.cents)::record AND NOT EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.cents := NULL;
    END IF;
    IF ROW(NEW.currency)::record *= ROW(OLD.currency)::record AND NOT EXISTS (SELECT FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_2') THEN
      NEW.currency := CAST('EUR' AS character(3));
    END IF;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_prices_cents_answer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_s record;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.sku <> OLD.sku) THEN
    DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = OLD.sku;
    IF TG_OP = 'DELETE' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT s.cents, s.currency INTO concertina_s FROM public.prices AS s WHERE s.sku = NEW.sku FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM public.prices AS s WHERE s.sku = NEW.sku) THEN
      DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = NEW.sku AND k.state LIKE 'given%';
      RETURN NULL;
    END IF;
    DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = NEW.sku;
    IF NEW.cents IS NOT NULL AND NEW.currency IS NOT NULL AND NOT (NEW.cents IS NULL AND (NEW.currency IS NULL OR ROW(NEW.currency)::record *= ROW(CAST('EUR' AS character(3)))::record)) THEN
      INSERT INTO public.prices (sku, cents, currency) VALUES (NEW.sku, NEW.cents, NEW.currency)
        ON CONFLICT (sku) DO UPDATE SET cents = EXCLUDED.cents, currency = EXCLUDED.currency;
    END IF;
  ELSIF ROW(concertina_s.cents, concertina_s.currency)::record *<> ROW(NEW.cents, NEW.currency)::record THEN
    DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = NEW.sku;
    IF (NEW.cents IS NOT NULL AND NEW.currency IS NOT NULL) IS NOT TRUE THEN
      INSERT INTO public.concertina_prices_cents_keys (key_1, state) VALUES (NEW.sku, 'own');
      DELETE FROM public.prices AS s WHERE s.sku = NEW.sku;
      DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = NEW.sku;
    ELSE
      UPDATE public.prices AS s SET cents = NEW.cents, currency = NEW.currency WHERE s.sku = NEW.sku;
    END IF;
  ELSE
    DELETE FROM public.concertina_prices_cents_keys AS k WHERE k.key_1 = NEW.sku;
  END IF;
  RETURN NULL;
END
$concertina$;

-- == prices_cents_expand ==
-- concertina: phase expand

-- What a release writes into prices.cents, prices.currency goes to items.cents, items.currency: in
-- the same transaction, and without waiting for who waits for it.
CREATE TRIGGER zz_concertina_prices_cents_send AFTER INSERT OR UPDATE OF sku, cents, currency OR DELETE ON public.prices
  FOR EACH ROW EXECUTE FUNCTION public.concertina_prices_cents_send();

-- == items_cents_expand_2 ==
-- concertina: phase expand

-- What a release writes into items.cents, items.currency goes to prices.cents, prices.currency,
-- whose row is locked first.
CREATE TRIGGER zy_concertina_prices_cents_given_1 BEFORE UPDATE OF cents ON public.items
  FOR EACH ROW WHEN (ROW(NEW.cents)::record *= ROW(OLD.cents)::record) EXECUTE FUNCTION public.concertina_prices_cents_given_1();
CREATE TRIGGER zy_concertina_prices_cents_given_2 BEFORE UPDATE OF currency ON public.items
  FOR EACH ROW WHEN (ROW(NEW.currency)::record *= ROW(OLD.currency)::record) EXECUTE FUNCTION public.concertina_prices_cents_given_2();
CREATE TRIGGER zz_concertina_prices_cents_meet BEFORE INSERT OR UPDATE OR DELETE ON public.items
  FOR EACH ROW EXECUTE FUNCTION public.concertina_prices_cents_meet();
CREATE TRIGGER zz_concertina_prices_cents_answer AFTER INSERT OR UPDATE OR DELETE ON public.items
  FOR EACH ROW EXECUTE FUNCTION public.concertina_prices_cents_answer();

-- == items_cents_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the triggers, which fetch items.cents, items.currency.
-- concertina: batch key=sku
UPDATE public.items SET name = name WHERE EXISTS (SELECT 1 FROM public.prices AS concertina_s WHERE concertina_s.sku = items.sku AND (items.cents IS NULL AND concertina_s.cents IS NOT NULL OR items.currency IS DISTINCT FROM concertina_s.currency));

-- == items_cents_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on nobody writes NULL into items.cents; the rows that are there are not read yet.
ALTER TABLE public.items ADD CONSTRAINT concertina_items_cents_not_null CHECK (cents IS NOT NULL) NOT VALID;

-- == items_cents_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Touches the rows of items.cents, items.currency that were written while another release had the
-- second row and then gave up.
-- concertina: batch key=sku
UPDATE public.items SET name = name WHERE EXISTS (SELECT 1 FROM public.concertina_prices_cents_keys AS concertina_k WHERE concertina_k.key_1 = items.sku AND concertina_k.state IN ('late', 'ahead'));

-- == items_cents_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.items VALIDATE CONSTRAINT concertina_items_cents_not_null;

-- == prices_sku_fkey_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key prices_sku_fkey goes first: it locks both tables, briefly, and one pair at a
-- time.
ALTER TABLE public.prices DROP CONSTRAINT prices_sku_fkey;

-- == prices_cents_drop ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance writes prices.cents, prices.currency any more.
DROP TRIGGER zz_concertina_prices_cents_send ON public.prices;
DROP FUNCTION public.concertina_prices_cents_send();

-- == items_cents_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no cents is NULL, so NOT NULL needs no scan.
ALTER TABLE public.items ALTER COLUMN cents SET NOT NULL;
ALTER TABLE public.items DROP CONSTRAINT concertina_items_cents_not_null;

-- Nobody needs prices.cents, prices.currency to follow items.cents, items.currency.
DROP TRIGGER zy_concertina_prices_cents_given_1 ON public.items;
DROP FUNCTION public.concertina_prices_cents_given_1();
DROP TRIGGER zy_concertina_prices_cents_given_2 ON public.items;
DROP FUNCTION public.concertina_prices_cents_given_2();
DROP TRIGGER zz_concertina_prices_cents_meet ON public.items;
DROP FUNCTION public.concertina_prices_cents_meet();
DROP TRIGGER zz_concertina_prices_cents_answer ON public.items;
DROP FUNCTION public.concertina_prices_cents_answer();
DROP FUNCTION public.concertina_prices_cents_waits(xid, timestamptz);
DROP TABLE public.concertina_prices_cents_keys;

-- == prices_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows public.prices any more.
DROP TABLE prices;

-- N: may write NULL into items.cents; reads and writes prices.cents, prices.currency; the database keeps items.cents, items.currency the same; works as before, on every schema on the way; reads and writes public.prices
-- N+1: never writes NULL into items.cents: the contract phase runs when no instance below N+1 is alive; starts once the migrate phase is done; reads and writes items.cents, items.currency only, and the database keeps prices.cents, prices.currency the same for release N: the contract phase runs when no instance below N+1 is alive; does not know public.prices: the contract phase runs when no instance below N+1 is alive
-- note: rows that have NULL in items.cents stop the VALIDATE: fill them first, or write the UPDATE into the migration
-- note: while both releases live, prices has a row for each row of items into which release N+1 writes items.cents, items.currency, and none where a required one of them is NULL; what else prices has is NULL or its default there
-- note: a transaction that writes a row of prices and then that of items can meet the deadlock error 40P01 where others wait for the same row longer than deadlock_timeout: write items first, or retry it
-- note: TRUNCATE of prices or items is not followed; nor are writes of sessions with session_replication_role = replica
-- note: at isolation levels above READ COMMITTED, a write of prices or items can meet a serialization failure (40001) on the other table: retry it
