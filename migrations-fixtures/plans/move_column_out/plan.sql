-- == move_column_out_expand ==
-- concertina: phase expand

CREATE TABLE order_totals (order_id bigint PRIMARY KEY REFERENCES orders (id), total int);

-- What keeps order_totals.total the same as orders.total. concertina_orders_total_keys has the keys
-- whose rows are not as the others: 'made' by the database for release N, 'gone' when release N+1
-- deleted it, written when another one had the second row: 'late' in the old place, 'ahead' in the
-- new one; 'given' with the value that it had.
CREATE TABLE public.concertina_orders_total_keys (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key_1 bigint NOT NULL, state text NOT NULL);
CREATE INDEX ON public.concertina_orders_total_keys (key_1);
CREATE FUNCTION public.concertina_orders_total_waits(holder xid, began timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
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
CREATE FUNCTION public.concertina_orders_total_leave() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
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
    PERFORM FROM public.order_totals AS t WHERE t.order_id = OLD.id FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
      INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (OLD.id, 'own');
      DELETE FROM public.order_totals AS t WHERE t.order_id = OLD.id;
      EXIT;
    END IF;
    EXIT WHEN NOT EXISTS (SELECT FROM public.order_totals AS t WHERE t.order_id = OLD.id);
    -- Who has it and waits for the row that goes sees us wait, and goes on without it.
    BEGIN
      PERFORM set_config('lock_timeout', concertina_wait::text, true);
      PERFORM FROM public.order_totals AS t WHERE t.order_id = OLD.id FOR UPDATE;
      PERFORM set_config('lock_timeout', concertina_timeout, true);
    EXCEPTION WHEN lock_not_available THEN
      PERFORM public.concertina_orders_total_waits(NULL, concertina_began);
      concertina_wait := concertina_wait * 2;
    END;
  END LOOP;
  DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = OLD.id;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_total_send() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_new record;
  concertina_t record;
  concertina_began timestamptz := clock_timestamp();
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.id <> OLD.id) THEN
    DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = OLD.id;
  END IF;
  FOR concertina_new IN
    SELECT NEW.id AS key_1, NEW.total AS value_1, false AS cleared
  LOOP
    LOOP
      SELECT t.total INTO concertina_t FROM public.order_totals AS t WHERE t.order_id = concertina_new.key_1 FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        IF ROW(concertina_t.total)::record *<> ROW(concertina_new.value_1)::record THEN
          IF NOT concertina_new.cleared AND (TG_OP = 'INSERT' AND (NEW.total IS NULL)
             OR EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'ahead')
             AND NOT EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'late')) THEN
            DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.orders AS s SET total = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.total)::record *<> ROW(OLD.total)::record THEN NEW.total ELSE concertina_t.total END WHERE s.id = concertina_new.key_1;
          ELSE
            DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.order_totals AS t SET total = concertina_new.value_1 WHERE t.order_id = concertina_new.key_1;
          END IF;
        ELSE
          DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
        END IF;
        EXIT;
      END IF;
      SELECT t.xmax AS holder INTO concertina_t FROM public.order_totals AS t WHERE t.order_id = concertina_new.key_1;
      IF NOT FOUND THEN
        IF EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'ahead') THEN
          DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1;
          INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (concertina_new.key_1, 'gone');
          UPDATE public.orders AS s SET total = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.total)::record *<> ROW(OLD.total)::record THEN NEW.total ELSE NULL END WHERE s.id = concertina_new.key_1;
        ELSIF NOT ((NEW.total IS NULL) AND EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'gone')) THEN
          INSERT INTO public.order_totals (order_id, total) VALUES (concertina_new.key_1, concertina_new.value_1)
            ON CONFLICT (order_id) DO UPDATE SET total = EXCLUDED.total;
          IF TG_OP = 'INSERT' AND (NEW.total IS NULL) THEN
            INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (concertina_new.key_1, 'made');
          END IF;
        END IF;
        EXIT;
      END IF;
      -- Who has the target's row waits for this one, and takes its values when it comes to it.
      IF public.concertina_orders_total_waits(concertina_t.holder, concertina_began) THEN
        INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (concertina_new.key_1, 'late');
        EXIT;
      END IF;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END LOOP;
  RETURN NULL;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_total_given_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.orders AS s WHERE s.id = OLD.order_id AND ROW(s.total)::record *= ROW(NEW.total)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.orders AS s WHERE s.id = OLD.order_id) THEN
    INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (OLD.order_id, 'given_1');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_total_meet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_key_1 bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.order_id ELSE OLD.order_id END;
  concertina_s record;
  concertina_found boolean;
  concertina_gives_way boolean := false;
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 2;
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM public.order_totals AS t WHERE t.order_id = concertina_key_1) THEN
    IF EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'made') THEN
      PERFORM FROM public.order_totals AS t WHERE t.order_id = concertina_key_1 FOR UPDATE;
    ELSE
      RETURN NEW;
    END IF;
  END IF;
  SELECT s.total INTO concertina_s FROM public.orders AS s WHERE s.id = concertina_key_1 FOR NO KEY UPDATE SKIP LOCKED;
  concertina_found := FOUND;
  IF NOT concertina_found THEN
    WHILE EXISTS (SELECT FROM public.orders AS s WHERE s.id = concertina_key_1) LOOP
      -- Who has the source's row and waits for this one takes its values when it comes to it.
      concertina_gives_way := public.concertina_orders_total_waits((SELECT s.xmax FROM public.orders AS s WHERE s.id = concertina_key_1), concertina_began);
      EXIT WHEN concertina_gives_way;
      BEGIN
        PERFORM set_config('lock_timeout', concertina_wait::text, true);
        SELECT s.total INTO concertina_s FROM public.orders AS s WHERE s.id = concertina_key_1 FOR NO KEY UPDATE;
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
    INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (concertina_key_1, 'ahead');
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF concertina_found AND EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'made') THEN
      INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (concertina_key_1, 'own');
      DELETE FROM public.order_totals AS t WHERE t.order_id = concertina_key_1;
      DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_key_1;
    END IF;
    IF concertina_found AND (NEW.total IS NULL) AND NOT (concertina_s.total IS NULL) THEN
      NEW.total := concertina_s.total;
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.order_id <> OLD.order_id THEN
    PERFORM FROM public.orders AS s WHERE s.id = NEW.order_id FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  IF concertina_found AND ROW(NEW.total)::record *<> ROW(concertina_s.total)::record
     AND (NOT EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'ahead')
          OR EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late')) THEN
    IF ROW(NEW.total)::record *= ROW(OLD.total)::record AND NOT EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.total := concertina_s.total;
    END IF;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_orders_total_answer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_s record;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.order_id <> OLD.order_id) THEN
    IF EXISTS (SELECT FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = OLD.order_id AND k.state = 'own') THEN
      RETURN NULL;
    END IF;
    PERFORM FROM public.orders AS s WHERE s.id = OLD.order_id FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
      DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = OLD.order_id;
      INSERT INTO public.concertina_orders_total_keys (key_1, state) VALUES (OLD.order_id, 'gone');
      UPDATE public.orders AS s SET total = NULL WHERE s.id = OLD.order_id;
    END IF;
    IF TG_OP = 'DELETE' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT s.total INTO concertina_s FROM public.orders AS s WHERE s.id = NEW.order_id FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM public.orders AS s WHERE s.id = NEW.order_id) THEN
      DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = NEW.order_id AND k.state LIKE 'given%';
      RETURN NULL;
    END IF;
    DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = NEW.order_id;
  ELSIF ROW(concertina_s.total)::record *<> ROW(NEW.total)::record THEN
    DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = NEW.order_id;
    UPDATE public.orders AS s SET total = NEW.total WHERE s.id = NEW.order_id;
  ELSE
    DELETE FROM public.concertina_orders_total_keys AS k WHERE k.key_1 = NEW.order_id AND (k.state <> 'made' OR TG_OP = 'UPDATE' AND ROW(NEW.total)::record *= ROW(OLD.total)::record);
  END IF;
  RETURN NULL;
END
$concertina$;

-- What a release writes into orders.total goes to order_totals.total: in the same transaction, and
-- without waiting for who waits for it.
CREATE TRIGGER zz_concertina_orders_total_leave BEFORE DELETE OR UPDATE OF id ON public.orders
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_total_leave();
CREATE TRIGGER zz_concertina_orders_total_send AFTER INSERT OR UPDATE OF id, total ON public.orders
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_total_send();

-- What a release writes into order_totals.total goes to orders.total, whose row is locked first.
CREATE TRIGGER zy_concertina_orders_total_given_1 BEFORE UPDATE OF total ON public.order_totals
  FOR EACH ROW WHEN (ROW(NEW.total)::record *= ROW(OLD.total)::record) EXECUTE FUNCTION public.concertina_orders_total_given_1();
CREATE TRIGGER zz_concertina_orders_total_meet BEFORE INSERT OR UPDATE OR DELETE ON public.order_totals
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_total_meet();
CREATE TRIGGER zz_concertina_orders_total_answer AFTER INSERT OR UPDATE OR DELETE ON public.order_totals
  FOR EACH ROW EXECUTE FUNCTION public.concertina_orders_total_answer();

-- == orders_total_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the triggers, which give them order_totals.total.
-- concertina: batch key=id
UPDATE public.orders SET total = total WHERE NOT EXISTS (SELECT 1 FROM public.order_totals AS concertina_t WHERE concertina_t.order_id = orders.id) AND NOT EXISTS (SELECT 1 FROM public.concertina_orders_total_keys AS concertina_k WHERE concertina_k.key_1 = orders.id);

-- == order_totals_total_backfill ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Touches the rows of order_totals.total that were written while another release had the second row
-- and then gave up.
-- concertina: batch key=order_id
UPDATE public.order_totals SET order_id = order_id WHERE EXISTS (SELECT 1 FROM public.concertina_orders_total_keys AS concertina_k WHERE concertina_k.key_1 = order_totals.order_id AND concertina_k.state IN ('late', 'ahead'));

-- == orders_total_drop ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance writes orders.total any more.
DROP TRIGGER zz_concertina_orders_total_leave ON public.orders;
DROP FUNCTION public.concertina_orders_total_leave();
DROP TRIGGER zz_concertina_orders_total_send ON public.orders;
DROP FUNCTION public.concertina_orders_total_send();

-- == order_totals_total_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Nobody needs orders.total to follow order_totals.total.
DROP TRIGGER zy_concertina_orders_total_given_1 ON public.order_totals;
DROP FUNCTION public.concertina_orders_total_given_1();
DROP TRIGGER zz_concertina_orders_total_meet ON public.order_totals;
DROP FUNCTION public.concertina_orders_total_meet();
DROP TRIGGER zz_concertina_orders_total_answer ON public.order_totals;
DROP FUNCTION public.concertina_orders_total_answer();
DROP FUNCTION public.concertina_orders_total_waits(xid, timestamptz);
DROP TABLE public.concertina_orders_total_keys;

-- == orders_total_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows orders.total any more.
ALTER TABLE public.orders DROP COLUMN total;

-- N: reads and writes orders.total; the database keeps order_totals.total the same; works as before, on every schema on the way
-- N+1: starts once the migrate phase is done; reads and writes order_totals.total only, and the database keeps orders.total the same for release N: the contract phase runs when no instance below N+1 is alive
-- note: a row of orders that release N+1 inserts has no value in orders.total until its row of order_totals comes, and none when that is deleted: release N reads NULL there, or the default
-- note: deleting a row of orders deletes its row of order_totals while both releases live, whatever the foreign key says
-- note: a transaction that writes a row of order_totals and then that of orders can meet the deadlock error 40P01 where release N deletes the row of orders at that moment: write orders first, or retry it
-- note: an UPDATE of the key of orders makes the row of order_totals anew, with order_totals.total and nothing else
-- note: TRUNCATE of orders or order_totals is not followed; nor are writes of sessions with session_replication_role = replica
-- note: at isolation levels above READ COMMITTED, a write of orders or order_totals can meet a serialization failure (40001) on the other table: retry it
