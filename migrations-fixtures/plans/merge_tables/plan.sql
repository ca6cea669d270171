-- == accounts_theme_expand ==
-- concertina: phase expand

-- What keeps accounts.theme, accounts.size the same as settings.theme, settings.size.
-- concertina_settings_theme_keys has the keys whose rows are not as the others: 'made' by the
-- database for release N, 'gone' when release N+1 deleted it, written when another one had the
-- second row: 'late' in the old place, 'ahead' in the new one; 'given' with the value that it had.
ALTER TABLE public.accounts ADD theme text, ADD size int;
CREATE TABLE public.concertina_settings_theme_keys (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key_1 integer NOT NULL, state text NOT NULL);
CREATE INDEX ON public.concertina_settings_theme_keys (key_1);
CREATE FUNCTION public.concertina_settings_theme_waits(holder xid, began timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
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
CREATE FUNCTION public.concertina_settings_theme_send() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_new record;
  concertina_t record;
  concertina_began timestamptz := clock_timestamp();
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = OLD.account_id AND k.state = 'own') THEN
    RETURN NULL;
  END IF;
  FOR concertina_new IN
    SELECT NEW.account_id AS key_1, NEW.theme AS value_1, NEW.size AS value_2, false AS cleared WHERE TG_OP <> 'DELETE'
    UNION ALL
    SELECT OLD.account_id, NULL, NULL, true WHERE TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.account_id <> OLD.account_id)
  LOOP
    LOOP
      SELECT t.theme, t.size INTO concertina_t FROM public.accounts AS t WHERE t.id = concertina_new.key_1 FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        IF ROW(concertina_t.theme, concertina_t.size)::record *<> ROW(concertina_new.value_1, concertina_new.value_2)::record THEN
          IF NOT concertina_new.cleared AND (TG_OP = 'INSERT' AND (NEW.theme IS NULL AND (NEW.size IS NULL OR ROW(NEW.size)::record *= ROW(CAST(12 AS integer))::record))
             OR EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'ahead')
             AND NOT EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'late')) THEN
            DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            IF ((CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.theme)::record *<> ROW(OLD.theme)::record THEN NEW.theme ELSE concertina_t.theme END) IS NOT NULL) IS NOT TRUE THEN
              INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (concertina_new.key_1, 'own');
              DELETE FROM public.settings AS s WHERE s.account_id = concertina_new.key_1;
              DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_new.key_1;
              UPDATE public.accounts AS t SET theme = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.theme)::record *<> ROW(OLD.theme)::record THEN NEW.theme ELSE concertina_t.theme END, size = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.size)::record *<> ROW(OLD.size)::record THEN NEW.size ELSE concertina_t.size END WHERE t.id = concertina_new.key_1;
            ELSE
            UPDATE public.settings AS s SET theme = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.theme)::record *<> ROW(OLD.theme)::record THEN NEW.theme ELSE concertina_t.theme END, size = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.size)::record *<> ROW(OLD.size)::record THEN NEW.size ELSE concertina_t.size END WHERE s.account_id = concertina_new.key_1;
            END IF;
          ELSE
            DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.accounts AS t SET theme = concertina_new.value_1, size = concertina_new.value_2 WHERE t.id = concertina_new.key_1;
          END IF;
        ELSE
          DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
        END IF;
        EXIT;
      END IF;
      SELECT t.xmax AS holder INTO concertina_t FROM public.accounts AS t WHERE t.id = concertina_new.key_1;
      IF NOT FOUND THEN
        EXIT;
      END IF;
      -- Who has the target's row waits for this one, and takes its values when it comes to it.
      IF public.concertina_settings_theme_waits(concertina_t.holder, concertina_began) THEN
        INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (concertina_new.key_1, 'late');
        EXIT;
      END IF;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END LOOP;
  RETURN NULL;
END
$concertina$;
CREATE FUNCTION public.concertina_settings_theme_given_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.settings AS s WHERE s.account_id = OLD.id AND ROW(s.theme)::record *= ROW(NEW.theme)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.settings AS s WHERE s.account_id = OLD.id) THEN
    INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (OLD.id, 'given_1');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_settings_theme_given_2() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.settings AS s WHERE s.account_id = OLD.id AND ROW(s.size)::record *= ROW(NEW.size)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.settings AS s WHERE s.account_id = OLD.id) THEN
    INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (OLD.id, 'given_2');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_settings_theme_meet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_key_1 integer := CASE TG_OP WHEN 'INSERT' THEN NEW.id ELSE OLD.id END;
  concertina_s record;
  concertina_found boolean;
  concertina_gives_way boolean := false;
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 2;
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM public.accounts AS t WHERE t.id = concertina_key_1) THEN
    RETURN NEW;
  END IF;
  SELECT s.theme, s.size INTO concertina_s FROM public.settings AS s WHERE s.account_id = concertina_key_1 FOR NO KEY UPDATE SKIP LOCKED;
  concertina_found := FOUND;
  IF NOT concertina_found THEN
    WHILE EXISTS (SELECT FROM public.settings AS s WHERE s.account_id = concertina_key_1) LOOP
      -- Who has the source's row and waits for this one takes its values when it comes to it.
      concertina_gives_way := public.concertina_settings_theme_waits((SELECT s.xmax FROM public.settings AS s WHERE s.account_id = concertina_key_1), concertina_began);
      EXIT WHEN concertina_gives_way;
      BEGIN
        PERFORM set_config('lock_timeout', concertina_wait::text, true);
        SELECT s.theme, s.size INTO concertina_s FROM public.settings AS s WHERE s.account_id = concertina_key_1 FOR NO KEY UPDATE;
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
    INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (concertina_key_1, 'ahead');
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF concertina_found THEN
      INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (concertina_key_1, 'own');
      DELETE FROM public.settings AS s WHERE s.account_id = concertina_key_1;
      DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1;
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF concertina_found AND (NEW.theme IS NULL AND NEW.size IS NULL) AND NOT (concertina_s.theme IS NULL AND (concertina_s.size IS NULL OR ROW(concertina_s.size)::record *= ROW(CAST(12 AS integer))::record)) THEN
      NEW.theme := concertina_s.theme;
      NEW.size := concertina_s.size;
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.id <> OLD.id THEN
    IF concertina_found THEN
      INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (concertina_key_1, 'own');
      DELETE FROM public.settings AS s WHERE s.account_id = concertina_key_1;
      DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1;
    END IF;
    PERFORM FROM public.settings AS s WHERE s.account_id = NEW.id FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  IF concertina_found AND ROW(NEW.theme, NEW.size)::record *<> ROW(concertina_s.theme, concertina_s.size)::record
     AND (NOT EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'ahead')
          OR EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late')) THEN
    IF ROW(NEW.theme)::record *= ROW(OLD.theme)::record AND NOT EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.theme := concertina_s.theme;
    END IF;
    IF ROW(NEW.size)::record *= ROW(OLD.size)::record AND NOT EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_2') THEN
      NEW.size := concertina_s.size;
    END IF;
  ELSIF NOT concertina_found AND NOT concertina_gives_way
     AND EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late') THEN
    IF ROW(NEW.theme)::record *= ROW(OLD.theme)::record AND NOT EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.theme := NULL;
    END IF;
    IF ROW(NEW.size)::record *= ROW(OLD.size)::record AND NOT EXISTS (SELECT FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_2') THEN
      NEW.size := NULL;
    END IF;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_settings_theme_answer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_s record;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.id <> OLD.id) THEN
    DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = OLD.id;
    IF TG_OP = 'DELETE' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT s.theme, s.size INTO concertina_s FROM public.settings AS s WHERE s.account_id = NEW.id FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM public.settings AS s WHERE s.account_id = NEW.id) THEN
      DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = NEW.id AND k.state LIKE 'given%';
      RETURN NULL;
    END IF;
    DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = NEW.id;
    IF NEW.theme IS NOT NULL AND NOT (NEW.theme IS NULL AND NEW.size IS NULL) THEN
      INSERT INTO public.settings (account_id, theme, size) VALUES (NEW.id, NEW.theme, NEW.size)
        ON CONFLICT (account_id) DO UPDATE SET theme = EXCLUDED.theme, size = EXCLUDED.size;
    END IF;
  ELSIF ROW(concertina_s.theme, concertina_s.size)::record *<> ROW(NEW.theme, NEW.size)::record THEN
    DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = NEW.id;
    IF (NEW.theme IS NOT NULL) IS NOT TRUE THEN
      INSERT INTO public.concertina_settings_theme_keys (key_1, state) VALUES (NEW.id, 'own');
      DELETE FROM public.settings AS s WHERE s.account_id = NEW.id;
      DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = NEW.id;
    ELSE
      UPDATE public.settings AS s SET theme = NEW.theme, size = NEW.size WHERE s.account_id = NEW.id;
    END IF;
  ELSE
    DELETE FROM public.concertina_settings_theme_keys AS k WHERE k.key_1 = NEW.id;
  END IF;
  RETURN NULL;
END
$concertina$;

-- == settings_theme_expand ==
-- concertina: phase expand

-- What a release writes into settings.theme, settings.size goes to accounts.theme, accounts.size:
-- in the same transaction, and without waiting for who waits for it.
CREATE TRIGGER zz_concertina_settings_theme_send AFTER INSERT OR UPDATE OF account_id, theme, size OR DELETE ON public.settings
  FOR EACH ROW EXECUTE FUNCTION public.concertina_settings_theme_send();

-- == accounts_theme_expand_2 ==
-- concertina: phase expand

-- What a release writes into accounts.theme, accounts.size goes to settings.theme, settings.size,
-- whose row is locked first.
CREATE TRIGGER zy_concertina_settings_theme_given_1 BEFORE UPDATE OF theme ON public.accounts
  FOR EACH ROW WHEN (ROW(NEW.theme)::record *= ROW(OLD.theme)::record) EXECUTE FUNCTION public.concertina_settings_theme_given_1();
CREATE TRIGGER zy_concertina_settings_theme_given_2 BEFORE UPDATE OF size ON public.accounts
  FOR EACH ROW WHEN (ROW(NEW.size)::record *= ROW(OLD.size)::record) EXECUTE FUNCTION public.concertina_settings_theme_given_2();
CREATE TRIGGER zz_concertina_settings_theme_meet BEFORE INSERT OR UPDATE OR DELETE ON public.accounts
  FOR EACH ROW EXECUTE FUNCTION public.concertina_settings_theme_meet();
CREATE TRIGGER zz_concertina_settings_theme_answer AFTER INSERT OR UPDATE OR DELETE ON public.accounts
  FOR EACH ROW EXECUTE FUNCTION public.concertina_settings_theme_answer();

-- == accounts_theme_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the triggers, which fetch accounts.theme, accounts.size.
-- concertina: batch key=id
UPDATE public.accounts SET mail = mail WHERE EXISTS (SELECT 1 FROM public.settings AS concertina_s WHERE concertina_s.account_id = accounts.id AND (accounts.theme IS NULL AND concertina_s.theme IS NOT NULL OR accounts.size IS NULL AND concertina_s.size IS NOT NULL));

-- == accounts_theme_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Touches the rows of accounts.theme, accounts.size that were written while another release had the
-- second row and then gave up.
-- concertina: batch key=id
UPDATE public.accounts SET mail = mail WHERE EXISTS (SELECT 1 FROM public.concertina_settings_theme_keys AS concertina_k WHERE concertina_k.key_1 = accounts.id AND concertina_k.state IN ('late', 'ahead'));

-- == settings_account_id_fkey_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key settings_account_id_fkey goes first: it locks both tables, briefly, and one pair
-- at a time.
ALTER TABLE public.settings DROP CONSTRAINT settings_account_id_fkey;

-- == settings_theme_drop ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance writes settings.theme, settings.size any more.
DROP TRIGGER zz_concertina_settings_theme_send ON public.settings;
DROP FUNCTION public.concertina_settings_theme_send();

-- == accounts_theme_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Nobody needs settings.theme, settings.size to follow accounts.theme, accounts.size.
DROP TRIGGER zy_concertina_settings_theme_given_1 ON public.accounts;
DROP FUNCTION public.concertina_settings_theme_given_1();
DROP TRIGGER zy_concertina_settings_theme_given_2 ON public.accounts;
DROP FUNCTION public.concertina_settings_theme_given_2();
DROP TRIGGER zz_concertina_settings_theme_meet ON public.accounts;
DROP FUNCTION public.concertina_settings_theme_meet();
DROP TRIGGER zz_concertina_settings_theme_answer ON public.accounts;
DROP FUNCTION public.concertina_settings_theme_answer();
DROP FUNCTION public.concertina_settings_theme_waits(xid, timestamptz);
DROP TABLE public.concertina_settings_theme_keys;

-- == settings_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows public.settings any more.
DROP TABLE settings;

-- N: reads and writes settings.theme, settings.size; the database keeps accounts.theme, accounts.size the same; works as before, on every schema on the way; reads and writes public.settings
-- N+1: starts once the migrate phase is done; reads and writes accounts.theme, accounts.size only, and the database keeps settings.theme, settings.size the same for release N: the contract phase runs when no instance below N+1 is alive; does not know public.settings: the contract phase runs when no instance below N+1 is alive
-- note: while both releases live, settings has a row for each row of accounts into which release N+1 writes accounts.theme, accounts.size, and none where a required one of them is NULL; what else settings has is NULL or its default there
-- note: a transaction that writes a row of settings and then that of accounts can meet the deadlock error 40P01 where others wait for the same row longer than deadlock_timeout: write accounts first, or retry it
-- note: TRUNCATE of settings or accounts is not followed; nor are writes of sessions with session_replication_role = replica
-- note: at isolation levels above READ COMMITTED, a write of settings or accounts can meet a serialization failure (40001) on the other table: retry it
