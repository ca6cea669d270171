-- == users_bio_expand ==
-- concertina: phase expand

-- What keeps users.bio, users.visits the same as profiles.bio, profiles.visits.
-- concertina_profiles_bio_keys has the keys whose rows are not as the others: 'made' by the
-- database for release N, 'gone' when release N+1 deleted it, written when another one had the
-- second row: 'late' in the old place, 'ahead' in the new one; 'given' with the value that it had.
ALTER TABLE public.users ADD COLUMN bio text, ADD COLUMN visits int DEFAULT 0;
CREATE TABLE public.concertina_profiles_bio_keys (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key_1 bigint NOT NULL, state text NOT NULL);
CREATE INDEX ON public.concertina_profiles_bio_keys (key_1);
CREATE FUNCTION public.concertina_profiles_bio_waits(holder xid, began timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
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
CREATE FUNCTION public.concertina_profiles_bio_send() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_new record;
  concertina_t record;
  concertina_began timestamptz := clock_timestamp();
BEGIN
  FOR concertina_new IN
    SELECT NEW.user_id AS key_1, NEW.bio AS value_1, NEW.visits AS value_2, false AS cleared WHERE TG_OP <> 'DELETE'
    UNION ALL
    SELECT OLD.user_id, NULL, CAST(0 AS integer), true WHERE TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.user_id <> OLD.user_id)
  LOOP
    LOOP
      SELECT t.bio, t.visits INTO concertina_t FROM public.users AS t WHERE t.id = concertina_new.key_1 FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        IF ROW(concertina_t.bio, concertina_t.visits)::record *<> ROW(concertina_new.value_1, concertina_new.value_2)::record THEN
          IF NOT concertina_new.cleared AND (TG_OP = 'INSERT' AND (NEW.bio IS NULL AND (NEW.visits IS NULL OR ROW(NEW.visits)::record *= ROW(CAST(0 AS integer))::record))
             OR EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'ahead')
             AND NOT EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state = 'late')) THEN
            DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.profiles AS s SET bio = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.bio)::record *<> ROW(OLD.bio)::record THEN NEW.bio ELSE concertina_t.bio END, visits = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW.visits)::record *<> ROW(OLD.visits)::record THEN NEW.visits ELSE concertina_t.visits END WHERE s.user_id = concertina_new.key_1;
          ELSE
            DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
            UPDATE public.users AS t SET bio = concertina_new.value_1, visits = concertina_new.value_2 WHERE t.id = concertina_new.key_1;
          END IF;
        ELSE
          DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_new.key_1 AND k.state IN ('late', 'ahead');
        END IF;
        EXIT;
      END IF;
      SELECT t.xmax AS holder INTO concertina_t FROM public.users AS t WHERE t.id = concertina_new.key_1;
      IF NOT FOUND THEN
        EXIT;
      END IF;
      -- Who has the target's row waits for this one, and takes its values when it comes to it.
      IF public.concertina_profiles_bio_waits(concertina_t.holder, concertina_began) THEN
        INSERT INTO public.concertina_profiles_bio_keys (key_1, state) VALUES (concertina_new.key_1, 'late');
        EXIT;
      END IF;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END LOOP;
  RETURN NULL;
END
$concertina$;
CREATE FUNCTION public.concertina_profiles_bio_given_1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.profiles AS s WHERE s.user_id = OLD.id AND ROW(s.bio)::record *= ROW(NEW.bio)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.profiles AS s WHERE s.user_id = OLD.id) THEN
    INSERT INTO public.concertina_profiles_bio_keys (key_1, state) VALUES (OLD.id, 'given_1');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_profiles_bio_given_2() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.profiles AS s WHERE s.user_id = OLD.id AND ROW(s.visits)::record *= ROW(NEW.visits)::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM public.profiles AS s WHERE s.user_id = OLD.id) THEN
    INSERT INTO public.concertina_profiles_bio_keys (key_1, state) VALUES (OLD.id, 'given_2');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_profiles_bio_meet() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_key_1 bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.id ELSE OLD.id END;
  concertina_s record;
  concertina_found boolean;
  concertina_gives_way boolean := false;
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 2;
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM public.users AS t WHERE t.id = concertina_key_1) THEN
    RETURN NEW;
  END IF;
  SELECT s.bio, s.visits INTO concertina_s FROM public.profiles AS s WHERE s.user_id = concertina_key_1 FOR NO KEY UPDATE SKIP LOCKED;
  concertina_found := FOUND;
  IF NOT concertina_found THEN
    WHILE EXISTS (SELECT FROM public.profiles AS s WHERE s.user_id = concertina_key_1) LOOP
      -- Who has the source's row and waits for this one takes its values when it comes to it.
      concertina_gives_way := public.concertina_profiles_bio_waits((SELECT s.xmax FROM public.profiles AS s WHERE s.user_id = concertina_key_1), concertina_began);
      EXIT WHEN concertina_gives_way;
      BEGIN
        PERFORM set_config('lock_timeout', concertina_wait::text, true);
        SELECT s.bio, s.visits INTO concertina_s FROM public.profiles AS s WHERE s.user_id = concertina_key_1 FOR NO KEY UPDATE;
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
    INSERT INTO public.concertina_profiles_bio_keys (key_1, state) VALUES (concertina_key_1, 'ahead');
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF concertina_found AND (NEW.bio IS NULL AND (NEW.visits IS NULL OR ROW(NEW.visits)::record *= ROW(CAST(0 AS integer))::record)) AND NOT (concertina_s.bio IS NULL AND (concertina_s.visits IS NULL OR ROW(concertina_s.visits)::record *= ROW(CAST(0 AS integer))::record)) THEN
      NEW.bio := concertina_s.bio;
      NEW.visits := concertina_s.visits;
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.id <> OLD.id THEN
    PERFORM FROM public.profiles AS s WHERE s.user_id = NEW.id FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  IF concertina_found AND ROW(NEW.bio, NEW.visits)::record *<> ROW(concertina_s.bio, concertina_s.visits)::record
     AND (NOT EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'ahead')
          OR EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late')) THEN
    IF ROW(NEW.bio)::record *= ROW(OLD.bio)::record AND NOT EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.bio := concertina_s.bio;
    END IF;
    IF ROW(NEW.visits)::record *= ROW(OLD.visits)::record AND NOT EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_2') THEN
      NEW.visits := concertina_s.visits;
    END IF;
  ELSIF NOT concertina_found AND NOT concertina_gives_way
     AND EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'late') THEN
    IF ROW(NEW.bio)::record *= ROW(OLD.bio)::record AND NOT EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_1') THEN
      NEW.bio := NULL;
    END IF;
    IF ROW(NEW.visits)::record *= ROW(OLD.visits)::record AND NOT EXISTS (SELECT FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = concertina_key_1 AND k.state = 'given_2') THEN
      NEW.visits := CAST(0 AS integer);
    END IF;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION public.concertina_profiles_bio_answer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_s record;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW.id <> OLD.id) THEN
    DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = OLD.id;
    IF TG_OP = 'DELETE' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT s.bio, s.visits INTO concertina_s FROM public.profiles AS s WHERE s.user_id = NEW.id FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM public.profiles AS s WHERE s.user_id = NEW.id) THEN
      DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = NEW.id AND k.state LIKE 'given%';
      RETURN NULL;
    END IF;
    DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = NEW.id;
  ELSIF ROW(concertina_s.bio, concertina_s.visits)::record *<> ROW(NEW.bio, NEW.visits)::record THEN
    DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = NEW.id;
    UPDATE public.profiles AS s SET bio = NEW.bio, visits = NEW.visits WHERE s.user_id = NEW.id;
  ELSE
    DELETE FROM public.concertina_profiles_bio_keys AS k WHERE k.key_1 = NEW.id;
  END IF;
  RETURN NULL;
END
$concertina$;

-- == profiles_bio_expand ==
-- concertina: phase expand

-- What a release writes into profiles.bio, profiles.visits goes to users.bio, users.visits: in the
-- same transaction, and without waiting for who waits for it.
ALTER TABLE public.profiles ALTER COLUMN visits DROP NOT NULL;
CREATE TRIGGER zz_concertina_profiles_bio_send AFTER INSERT OR UPDATE OF user_id, bio, visits OR DELETE ON public.profiles
  FOR EACH ROW EXECUTE FUNCTION public.concertina_profiles_bio_send();

-- == users_bio_expand_2 ==
-- concertina: phase expand

-- What a release writes into users.bio, users.visits goes to profiles.bio, profiles.visits, whose
-- row is locked first.
CREATE TRIGGER zy_concertina_profiles_bio_given_1 BEFORE UPDATE OF bio ON public.users
  FOR EACH ROW WHEN (ROW(NEW.bio)::record *= ROW(OLD.bio)::record) EXECUTE FUNCTION public.concertina_profiles_bio_given_1();
CREATE TRIGGER zy_concertina_profiles_bio_given_2 BEFORE UPDATE OF visits ON public.users
  FOR EACH ROW WHEN (ROW(NEW.visits)::record *= ROW(OLD.visits)::record) EXECUTE FUNCTION public.concertina_profiles_bio_given_2();
CREATE TRIGGER zz_concertina_profiles_bio_meet BEFORE INSERT OR UPDATE OR DELETE ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_profiles_bio_meet();
CREATE TRIGGER zz_concertina_profiles_bio_answer AFTER INSERT OR UPDATE OR DELETE ON public.users
  FOR EACH ROW EXECUTE FUNCTION public.concertina_profiles_bio_answer();

-- == users_bio_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the triggers, which fetch users.bio, users.visits.
-- concertina: batch key=id
UPDATE public.users SET name = name WHERE EXISTS (SELECT 1 FROM public.profiles AS concertina_s WHERE concertina_s.user_id = users.id AND (users.bio IS NULL AND concertina_s.bio IS NOT NULL OR users.visits IS DISTINCT FROM concertina_s.visits));

-- == users_bio_backfill_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Touches the rows of users.bio, users.visits that were written while another release had the
-- second row and then gave up.
-- concertina: batch key=id
UPDATE public.users SET name = name WHERE EXISTS (SELECT 1 FROM public.concertina_profiles_bio_keys AS concertina_k WHERE concertina_k.key_1 = users.id AND concertina_k.state IN ('late', 'ahead'));

-- == profiles_bio_drop ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance writes profiles.bio, profiles.visits any more.
DROP TRIGGER zz_concertina_profiles_bio_send ON public.profiles;
DROP FUNCTION public.concertina_profiles_bio_send();

-- == users_bio_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Nobody needs profiles.bio, profiles.visits to follow users.bio, users.visits.
DROP TRIGGER zy_concertina_profiles_bio_given_1 ON public.users;
DROP FUNCTION public.concertina_profiles_bio_given_1();
DROP TRIGGER zy_concertina_profiles_bio_given_2 ON public.users;
DROP FUNCTION public.concertina_profiles_bio_given_2();
DROP TRIGGER zz_concertina_profiles_bio_meet ON public.users;
DROP FUNCTION public.concertina_profiles_bio_meet();
DROP TRIGGER zz_concertina_profiles_bio_answer ON public.users;
DROP FUNCTION public.concertina_profiles_bio_answer();
DROP FUNCTION public.concertina_profiles_bio_waits(xid, timestamptz);
DROP TABLE public.concertina_profiles_bio_keys;

-- == profiles_bio_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows profiles.bio, profiles.visits any more.
ALTER TABLE public.profiles DROP COLUMN bio, DROP COLUMN visits;

-- N: reads and writes profiles.bio, profiles.visits; the database keeps users.bio, users.visits the same; works as before, on every schema on the way
-- N+1: starts once the migrate phase is done; reads and writes users.bio, users.visits only, and the database keeps profiles.bio, profiles.visits the same for release N: the contract phase runs when no instance below N+1 is alive
-- note: deleting a row of profiles takes users.bio, users.visits away while both releases live: it is what release N means by it
-- note: a row of profiles that release N+1 inserts has in profiles.bio, profiles.visits what users.bio, users.visits says, which may be NULL
-- note: a transaction that writes a row of profiles and then that of users can meet the deadlock error 40P01 where others wait for the same row longer than deadlock_timeout: write users first, or retry it
-- note: TRUNCATE of profiles or users is not followed; nor are writes of sessions with session_replication_role = replica
-- note: at isolation levels above READ COMMITTED, a write of profiles or users can meet a serialization failure (40001) on the other table: retry it
