-- == move_columns_filtered_expand ==
-- concertina: phase expand

CREATE TABLE order_extras (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id int NOT NULL UNIQUE REFERENCES orders ON DELETE CASCADE ON UPDATE CASCADE, coupon text, gift text);

-- What keeps order_extras.coupon, order_extras.gift the same as orders.coupon, orders.gift.
-- concertina_orders_coupon_keys has the keys whose rows are not as the others: 'made' by the
-- database for release N, 'gone' when release N+1 deleted it, written when another one had the
-- second row: 'late' in the old place, 'ahead' in the new one; 'given' with the value that it had.
CREATE TABLE public.concertina_orders_coupon_keys (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key_1 integer NOT NULL, state text NOT NULL);
CREATE INDEX ON public.concertina_orders_coupon_keys (key_1);
CREATE FUNCTION public.concertina_orders_coupon_waits(holder xid, began timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
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
CREATE FUNCTION public.concertina_orders_coupon_leave() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 20;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.id = OLD.id THEN
    RETURN NEW;
  END IF;
  LOOP
    PERFORM FROM public.order_extras AS t WHERE t.order_id = OLD.id FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
      INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (OLD.id, 'own');
      DELETE FROM public.order_extras AS t WHERE t.order_id = OLD.id;
      EXIT;
    END IF;
    EXIT WHEN NOT EXISTS (SELECT FROM public.order_extras AS t WHERE t.order_id = OLD.id);
    -- Who has it and waits for the row that goes sees us wait, and goes on without it.
    BEGIN
      PERFORM set_config('lock_timeout', concertina_wait::text, true);
      PERFORM FROM public.order_extras AS t WHERE t.order_id = OLD.id FOR UPDATE;
      PERFORM set_config('lock_timeout', concertina_timeout, true);
    EXCEPTION WHEN lock_not_available THEN
      PERFORM public.concertina_orders_coupon_waits(NULL, concertina_began);
      concertina_wait := concertina_wait * 2;
    END;
  END LOOP;
  DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = OLD.id;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_coupon_send() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_new record;
  concertina_t record;
  concertina_began timestamptz := clock_timestamp();
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.id <> OLD.id) THEN
    DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = OLD.id;
  END IF;
  FOR concertina_new IN
    SELECT NEW.id AS key_1, NEW.coupon AS value_1, NEW.gift AS value_2, false AS cleared
  LOOP
    LOOP
      SELECT t.coupon, t.gift INTO concertina_t FROM public.order_extras AS t WHERE t.order_id = concertina_new.key_1 FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        IF ROW(concertina_t.coupon, concertina_t.gift)::record *<> ROW(concertina_new.value_1, concertina_new.value_2)::record THEN
          IF NOT concertina_new.cleared AND (TG_OP = 'INSERT' AND (NEW.coupon IS NULL AND NEW.gift IS NULL)
             OR EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'ahead')
             AND NOT EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'late')) THEN
            DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.orders AS s SET coupon = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.coupon)::record *<> ROW(OLD.coupon)::record THEN NEW.coupon ELSE concertina_t.coupon END, gift = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.gift)::record *<> ROW(OLD.gift)::record THEN NEW.gift ELSE concertina_t.gift END WHERE s.id = concertina_new.key_1;
          ELSIF ((concertina_new.value_1 IS NOT NULL OR concertina_new.value_2 IS NOT NULL)) IS NOT TRUE THEN
            INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (concertina_new.key_1, 'own');
            DELETE FROM public.order_extras AS t WHERE t.order_id = concertina_new.key_1;
            DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1;
          ELSE
            DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.order_extras AS t SET coupon = concertina_new.value_1, gift = concertina_new.value_2 WHERE t.order_id = concertina_new.key_1;
          END IF;
        ELSE
          DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
        END IF;
        EXIT;
      END IF;
      SELECT t.xmax AS holder INTO concertina_t FROM public.order_extras AS t WHERE t.order_id = concertina_new.key_1;
      IF NOT FOUND THEN
        IF EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'ahead') THEN
          DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1;
          INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (concertina_new.key_1, 'gone');
          UPDATE public.orders AS s SET coupon = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.coupon)::record *<> ROW(OLD.coupon)::record THEN NEW.coupon ELSE NULL END, gift = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.gift)::record *<> ROW(OLD.gift)::record THEN NEW.gift ELSE NULL END WHERE s.id = concertina_new.key_1;
        ELSIF (concertina_new.value_1 IS NOT NULL OR concertina_new.value_2 IS NOT NULL) AND NOT ((NEW.coupon IS NULL AND NEW.gift IS NULL) AND EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'gone')) THEN
          INSERT INTO public.order_extras (order_id, coupon, gift) VALUES (concertina_new.key_1, concertina_new.value_1, concertina_new.value_2)
            ON CONFLICT (order_id) DO UPDATE SET coupon = EXCLUDED.coupon, gift = EXCLUDED.gift;
          IF TG_OP = 'INSERT' AND (NEW.coupon IS NULL AND NEW.gift IS NULL) THEN
            INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (concertina_new.key_1, 'made');
          END IF;
        END IF;
        EXIT;
      END IF;
      -- Who has the target's row waits for this one, and takes its values when it comes to it.
      IF public.concertina_orders_coupon_waits(concertina_t.holder, concertina_began) THEN
        INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (concertina_new.key_1, 'late');
        EXIT;
      END IF;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END LOOP;
  RETURN NULL;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_coupon_given_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.orders AS s WHERE s.id = OLD.order_id AND ROW(s.coupon)::record *= ROW(NEW.coupon)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.orders AS s WHERE s.id = OLD.order_id) THEN
    INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (OLD.order_id, 'given_1');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_coupon_given_2() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.orders AS s WHERE s.id = OLD.order_id AND ROW(s.gift)::record *= ROW(NEW.gift)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.orders AS s WHERE s.id = OLD.order_id) THEN
    INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (OLD.order_id, 'given_2');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_coupon_meet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_key_1 integer := CASE TG_OP WHEN 'INSERT' THEN NEW.order_id ELSE OLD.order_id END;
  concertina_s record;
  concertina_found boolean;
  concertina_gives_way boolean := false;
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 2;
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM public.order_extras AS t WHERE t.order_id = concertina_key_1) THEN
    IF EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'made') THEN
      PERFORM FROM public.order_extras AS t WHERE t.order_id = concertina_key_1 FOR UPDATE;
    ELSE
      RETURN NEW;
    END IF;
  END IF;
  SELECT s.coupon, s.gift INTO concertina_s FROM public.orders AS s WHERE s.id = concertina_key_1 FOR NO KEY UPDATE SKIP LOCKED;
  concertina_found := FOUND;
  IF NOT concertina_found THEN
    WHILE EXISTS (SELECT FROM public.orders AS s WHERE s.id = concertina_key_1) LOOP
      -- Who has the source's row and waits for this one takes its values when it comes to it.
      concertina_gives_way := public.concertina_orders_coupon_waits((SELECT s.xmax FROM public.orders AS s WHERE s.id = concertina_key_1), concertina_began);
      EXIT WHEN concertina_gives_way;
      BEGIN
        PERFORM set_config('lock_timeout', concertina_wait::text, true);
        SELECT s.coupon, s.gift INTO concertina_s FROM public.orders AS s WHERE s.id = concertina_key_1 FOR NO KEY UPDATE;
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
    INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (concertina_key_1, 'ahead');
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF concertina_found AND EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'made') THEN
      INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (concertina_key_1, 'own');
      DELETE FROM public.order_extras AS t WHERE t.order_id = concertina_key_1;
      DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1;
    END IF;
    IF concertina_found AND (NEW.coupon IS NULL AND NEW.gift IS NULL) AND NOT (concertina_s.coupon IS NULL AND concertina_s.gift IS NULL) THEN
      NEW.coupon := concertina_s.coupon;
      NEW.gift := concertina_s.gift;
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.order_id <> OLD.order_id THEN
    PERFORM FROM public.orders AS s WHERE s.id = NEW.order_id FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  IF concertina_found AND ROW(NEW.coupon, NEW.gift)::record *<> ROW(concertina_s.coupon, concertina_s.gift)::record
     AND (NOT EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'ahead')
          OR EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late')) THEN
    IF ((concertina_s.coupon IS NOT NULL OR concertina_s.gift IS NOT NULL)) IS NOT TRUE AND ROW(NEW.coupon, NEW.gift)::record *= ROW(OLD.coupon, OLD.gift)::record
       AND NOT EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state LIKE 'given%') THEN
      INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (concertina_key_1, 'own');
      DELETE FROM public.order_extras AS t WHERE t.order_id = concertina_key_1;
      DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1;
      RETURN NULL;
    END IF;
    IF ROW(NEW.coupon)::record *= ROW(OLD.coupon)::record AND NOT EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.coupon := concertina_s.coupon;
    END IF;
    IF ROW(NEW.gift)::record *= ROW(OLD.gift)::record AND NOT EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_2') THEN
      NEW.gift := concertina_s.gift;
    END IF;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_coupon_answer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_s record;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.order_id <> OLD.order_id) THEN
    IF EXISTS (SELECT FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = OLD.order_id AND k.state = 'own') THEN
      RETURN NULL;
    END IF;
    PERFORM FROM public.orders AS s WHERE s.id = OLD.order_id FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
      DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = OLD.order_id;
      INSERT INTO public.concertina_orders_coupon_keys (key_1, state) VALUES (OLD.order_id, 'gone');
      UPDATE public.orders AS s SET coupon = NULL, gift = NULL WHERE s.id = OLD.order_id;
    END IF;
    IF TG_OP = 'DELETE' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT s.coupon, s.gift INTO concertina_s FROM public.orders AS s WHERE s.id = NEW.order_id FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM public.orders AS s WHERE s.id = NEW.order_id) THEN
      DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = NEW.order_id AND k.state LIKE 'given%';
      RETURN NULL;
    END IF;
    DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = NEW.order_id;
  ELSIF ROW(concertina_s.coupon, concertina_s.gift)::record *<> ROW(NEW.coupon, NEW.gift)::record THEN
    DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = NEW.order_id;
    UPDATE public.orders AS s SET coupon = NEW.coupon, gift = NEW.gift WHERE s.id = NEW.order_id;
  ELSE
    DELETE FROM public.concertina_orders_coupon_keys AS k WHERE k.key_1 = NEW.order_id AND (k.state <> 'made' OR TG_OP = 'UPDATE' AND ROW(NEW.coupon, NEW.gift)::record *= ROW(OLD.coupon, OLD.gift)::record);
  END IF;
  RETURN NULL;
END
$concertina$;

-- What a release writes into orders.coupon, orders.gift goes to order_extras.coupon,
-- order_extras.gift: in the same transaction, and without waiting for who waits for it.
CREATE TRIGGER zz_concertina_orders_coupon_leave BEFORE DELETE ON public.orders
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_coupon_leave();
CREATE TRIGGER zz_concertina_orders_coupon_send AFTER INSERT OR UPDATE OF id, coupon, gift ON public.orders
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_coupon_send();

-- What a release writes into order_extras.coupon, order_extras.gift goes to orders.coupon,
-- orders.gift, whose row is locked first.
CREATE TRIGGER zy_concertina_orders_coupon_given_1 BEFORE UPDATE OF coupon ON public.order_extras
  FOR EACH ROW WHEN (ROW(NEW.coupon)::record *= ROW(OLD.coupon)::record) EXECUTE FUNCTION public.concertina_orders_coupon_given_1();
CREATE TRIGGER zy_concertina_orders_coupon_given_2 BEFORE UPDATE OF gift ON public.order_extras
  FOR EACH ROW WHEN (ROW(NEW.gift)::record *= ROW(OLD.gift)::record) EXECUTE FUNCTION public.concertina_orders_coupon_given_2();
CREATE TRIGGER zz_concertina_orders_coupon_meet BEFORE INSERT OR UPDATE OR DELETE ON public.order_extras
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_coupon_meet();
CREATE TRIGGER zz_concertina_orders_coupon_answer AFTER INSERT OR UPDATE OR DELETE ON public.order_extras
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_coupon_answer();

-- == move_columns_filtered_expand_2 ==
-- concertina: phase expand

CREATE INDEX ON order_extras (coupon);

-- == orders_coupon_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the triggers, which give them order_extras.coupon,
-- order_extras.gift.
-- concertina: batch key=id
UPDATE public.orders SET coupon = coupon WHERE (coupon IS NOT NULL OR gift IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM public.order_extras AS concertina_t WHERE concertina_t.order_id = orders.id) AND NOT EXISTS (SELECT 1 FROM public.concertina_orders_coupon_keys AS concertina_k WHERE concertina_k.key_1 = orders.id);

-- == order_extras_coupon_backfill ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Touches the rows of order_extras.coupon, order_extras.gift that were written while another
-- release had the second row and then gave up.
-- concertina: batch key=id
UPDATE public.order_extras SET order_id = order_id WHERE EXISTS (SELECT 1 FROM public.concertina_orders_coupon_keys AS concertina_k WHERE concertina_k.key_1 = order_extras.order_id AND concertina_k.state IN ('late', 'ahead'));

-- == orders_coupon_drop ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance writes orders.coupon, orders.gift any more.
DROP TRIGGER zz_concertina_orders_coupon_leave ON public.orders;
DROP FUNCTION public.concertina_orders_coupon_leave();
DROP TRIGGER zz_concertina_orders_coupon_send ON public.orders;
DROP FUNCTION public.concertina_orders_coupon_send();

-- == order_extras_coupon_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Nobody needs orders.coupon, orders.gift to follow order_extras.coupon, order_extras.gift.
DROP TRIGGER zy_concertina_orders_coupon_given_1 ON public.order_extras;
DROP FUNCTION public.concertina_orders_coupon_given_1();
DROP TRIGGER zy_concertina_orders_coupon_given_2 ON public.order_extras;
DROP FUNCTION public.concertina_orders_coupon_given_2();
DROP TRIGGER zz_concertina_orders_coupon_meet ON public.order_extras;
DROP FUNCTION public.concertina_orders_coupon_meet();
DROP TRIGGER zz_concertina_orders_coupon_answer ON public.order_extras;
DROP FUNCTION public.concertina_orders_coupon_answer();
DROP FUNCTION public.concertina_orders_coupon_waits(xid, timestamptz);
DROP TABLE public.concertina_orders_coupon_keys;

-- == orders_coupon_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows orders.coupon, orders.gift any more.
ALTER TABLE public.orders DROP COLUMN coupon, DROP COLUMN gift;

-- N: reads and writes orders.coupon, orders.gift; the database keeps order_extras.coupon, order_extras.gift the same; works as before, on every schema on the way
-- N+1: starts once the migrate phase is done; reads and writes order_extras.coupon, order_extras.gift only, and the database keeps orders.coupon, orders.gift the same for release N: the contract phase runs when no instance below N+1 is alive
-- note: a row of orders that release N+1 inserts has no value in orders.coupon, orders.gift until its row of order_extras comes, and none when that is deleted: release N reads NULL there, or the default
-- note: deleting a row of orders deletes its row of order_extras while both releases live, whatever the foreign key says
-- note: a transaction that writes a row of order_extras and then that of orders can meet the deadlock error 40P01 where release N deletes the row of orders at that moment: write orders first, or retry it
-- note: TRUNCATE of orders or order_extras is not followed; nor are writes of sessions with session_replication_role = replica
-- note: at isolation levels above READ COMMITTED, a write of orders or order_extras can meet a serialization failure (40001) on the other table: retry it
