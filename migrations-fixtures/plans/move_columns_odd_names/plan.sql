-- == move_columns_odd_names_expand ==
-- concertina: phase expand

CREATE TABLE "end $$" (state int, "select" text, "if" varchar(40) NOT NULL, "loop" numeric(10, 2) NOT NULL, extra text DEFAULT 'x', PRIMARY KEY ("select", state));

-- What keeps end $$.loop, end $$.if the same as Weird
-- "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if.
-- concertina_Weird "Table"_Ä3456789_123456789_123456_118d92f2 has the keys whose rows are not as
-- the others: 'made' by the database for release N, 'gone' when release N+1 deleted it, written
-- when another one had the second row: 'late' in the old place, 'ahead' in the new one; 'given'
-- with the value that it had.
CREATE TABLE "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key_1 text NOT NULL, key_2 integer NOT NULL, state text NOT NULL);
CREATE INDEX ON "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2);
CREATE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_6c71b084"(holder xid, began timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
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
CREATE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_4086ff9c"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 20;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW."begin" = OLD."begin" AND NEW."select" = OLD."select" THEN
    RETURN NEW;
  END IF;
  LOOP
    PERFORM FROM public."end $$" AS t WHERE t."select" = OLD."begin" AND t.state = OLD."select" FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
      INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (OLD."begin", OLD."select", 'own');
      DELETE FROM public."end $$" AS t WHERE t."select" = OLD."begin" AND t.state = OLD."select";
      EXIT;
    END IF;
    EXIT WHEN NOT EXISTS (SELECT FROM public."end $$" AS t WHERE t."select" = OLD."begin" AND t.state = OLD."select");
    -- Who has it and waits for the row that goes sees us wait, and goes on without it.
    BEGIN
      PERFORM set_config('lock_timeout', concertina_wait::text, true);
      PERFORM FROM public."end $$" AS t WHERE t."select" = OLD."begin" AND t.state = OLD."select" FOR UPDATE;
      PERFORM set_config('lock_timeout', concertina_timeout, true);
    EXCEPTION WHEN lock_not_available THEN
      PERFORM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_6c71b084"(NULL, concertina_began);
      concertina_wait := concertina_wait * 2;
    END;
  END LOOP;
  DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = OLD."begin" AND k.key_2 = OLD."select";
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_dc56872c"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_new record;
  concertina_t record;
  concertina_began timestamptz := clock_timestamp();
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW."begin" <> OLD."begin" OR NEW."select" <> OLD."select") THEN
    DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = OLD."begin" AND k.key_2 = OLD."select";
  END IF;
  FOR concertina_new IN
    SELECT NEW."begin" AS key_1, NEW."select" AS key_2, NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" AS value_1, NEW."if" AS value_2, false AS cleared
  LOOP
    LOOP
      SELECT t.loop, t.if INTO concertina_t FROM public."end $$" AS t WHERE t."select" = concertina_new.key_1 AND t.state = concertina_new.key_2 FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        IF ROW(concertina_t."loop", concertina_t."if")::record *<> ROW(concertina_new.value_1, concertina_new.value_2)::record THEN
          IF NOT concertina_new.cleared AND (TG_OP = 'INSERT' AND (NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NULL AND (NEW."if" IS NULL OR ROW(NEW."if")::record *= ROW(CAST('it''s' AS character varying(40)))::record))
             OR EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2 AND k.state = 'ahead')
             AND NOT EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2 AND k.state = 'late')) THEN
            DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2 AND k.state IN ('late', 'ahead');
            UPDATE "Shop"."Weird ""Table""" AS s SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12")::record *<> ROW(OLD."Ä3456789_123456789_123456789_123456789_123456789_123456789_12")::record THEN NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" ELSE concertina_t."loop" END, if = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW."if")::record *<> ROW(OLD."if")::record THEN NEW."if" ELSE concertina_t."if" END WHERE s.begin = concertina_new.key_1 AND s."select" = concertina_new.key_2;
          ELSIF (concertina_new.value_1 IS NOT NULL AND concertina_new.value_2 IS NOT NULL) IS NOT TRUE THEN
            INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (concertina_new.key_1, concertina_new.key_2, 'own');
            DELETE FROM public."end $$" AS t WHERE t."select" = concertina_new.key_1 AND t.state = concertina_new.key_2;
            DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2;
          ELSE
            DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2 AND k.state IN ('late', 'ahead');
            UPDATE public."end $$" AS t SET loop = concertina_new.value_1, if = concertina_new.value_2 WHERE t."select" = concertina_new.key_1 AND t.state = concertina_new.key_2;
          END IF;
        ELSE
          DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2 AND k.state IN ('late', 'ahead');
        END IF;
        EXIT;
      END IF;
      SELECT t.xmax AS holder INTO concertina_t FROM public."end $$" AS t WHERE t."select" = concertina_new.key_1 AND t.state = concertina_new.key_2;
      IF NOT FOUND THEN
        IF EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2 AND k.state = 'ahead') THEN
          DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2;
          INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (concertina_new.key_1, concertina_new.key_2, 'gone');
          UPDATE "Shop"."Weird ""Table""" AS s SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12")::record *<> ROW(OLD."Ä3456789_123456789_123456789_123456789_123456789_123456789_12")::record THEN NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" ELSE NULL END, if = CASE WHEN TG_OP = 'UPDATE' AND ROW(NEW."if")::record *<> ROW(OLD."if")::record THEN NEW."if" ELSE CAST('it''s' AS character varying(40)) END WHERE s.begin = concertina_new.key_1 AND s."select" = concertina_new.key_2;
        ELSIF concertina_new.value_1 IS NOT NULL AND concertina_new.value_2 IS NOT NULL AND NOT ((NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NULL AND (NEW."if" IS NULL OR ROW(NEW."if")::record *= ROW(CAST('it''s' AS character varying(40)))::record)) AND EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_new.key_1 AND k.key_2 = concertina_new.key_2 AND k.state = 'gone')) THEN
          INSERT INTO public."end $$" ("select", state, loop, if) VALUES (concertina_new.key_1, concertina_new.key_2, concertina_new.value_1, concertina_new.value_2)
            ON CONFLICT ("select", state) DO UPDATE SET loop = EXCLUDED.loop, if = EXCLUDED.if;
          IF TG_OP = 'INSERT' AND (NEW."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NULL AND (NEW."if" IS NULL OR ROW(NEW."if")::record *= ROW(CAST('it''s' AS character varying(40)))::record)) THEN
            INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (concertina_new.key_1, concertina_new.key_2, 'made');
          END IF;
        END IF;
        EXIT;
      END IF;
      -- Who has the target's row waits for this one, and takes its values when it comes to it.
      IF "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_6c71b084"(concertina_t.holder, concertina_began) THEN
        INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (concertina_new.key_1, concertina_new.key_2, 'late');
        EXIT;
      END IF;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END LOOP;
  RETURN NULL;
END
$concertina$;
CREATE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_f873df6b"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = OLD."select" AND s."select" = OLD.state AND ROW(s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12")::record *= ROW(NEW."loop")::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = OLD."select" AND s."select" = OLD.state) THEN
    INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (OLD."select", OLD.state, 'given_1');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_98aa57de"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
BEGIN
  PERFORM FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = OLD."select" AND s."select" = OLD.state AND ROW(s.if)::record *= ROW(NEW."if")::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = OLD."select" AND s."select" = OLD.state) THEN
    INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (OLD."select", OLD.state, 'given_2');
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_21404d0b"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_key_1 text := CASE TG_OP WHEN 'INSERT' THEN NEW."select" ELSE OLD."select" END;
  concertina_key_2 integer := CASE TG_OP WHEN 'INSERT' THEN NEW.state ELSE OLD.state END;
  concertina_s record;
  concertina_found boolean;
  concertina_gives_way boolean := false;
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 2;
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM public."end $$" AS t WHERE t."select" = concertina_key_1 AND t.state = concertina_key_2) THEN
    IF EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2 AND k.state = 'made') THEN
      PERFORM FROM public."end $$" AS t WHERE t."select" = concertina_key_1 AND t.state = concertina_key_2 FOR UPDATE;
    ELSE
      RETURN NEW;
    END IF;
  END IF;
  SELECT s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12", s.if INTO concertina_s FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = concertina_key_1 AND s."select" = concertina_key_2 FOR NO KEY UPDATE SKIP LOCKED;
  concertina_found := FOUND;
  IF NOT concertina_found THEN
    WHILE EXISTS (SELECT FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = concertina_key_1 AND s."select" = concertina_key_2) LOOP
      -- Who has the source's row and waits for this one takes its values when it comes to it.
      concertina_gives_way := "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_6c71b084"((SELECT s.xmax FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = concertina_key_1 AND s."select" = concertina_key_2), concertina_began);
      EXIT WHEN concertina_gives_way;
      BEGIN
        PERFORM set_config('lock_timeout', concertina_wait::text, true);
        SELECT s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12", s.if INTO concertina_s FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = concertina_key_1 AND s."select" = concertina_key_2 FOR NO KEY UPDATE;
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
    INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (concertina_key_1, concertina_key_2, 'ahead');
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF concertina_found AND EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2 AND k.state = 'made') THEN
      INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (concertina_key_1, concertina_key_2, 'own');
      DELETE FROM public."end $$" AS t WHERE t."select" = concertina_key_1 AND t.state = concertina_key_2;
      DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2;
    END IF;
    IF concertina_found AND (NEW."loop" IS NULL AND NEW."if" IS NULL) AND NOT (concertina_s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NULL AND (concertina_s."if" IS NULL OR ROW(concertina_s."if")::record *= ROW(CAST('it''s' AS character varying(40)))::record)) THEN
      NEW."loop" := concertina_s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12";
      NEW."if" := concertina_s."if";
    END IF;
    RETURN NEW;
  END IF;
  IF NEW."select" <> OLD."select" OR NEW.state <> OLD.state THEN
    PERFORM FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = NEW."select" AND s."select" = NEW.state FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  IF concertina_found AND ROW(NEW."loop", NEW."if")::record *<> ROW(concertina_s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12", concertina_s."if")::record
     AND (NOT EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2 AND k.state = 'ahead')
          OR EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2 AND k.state = 'late')) THEN
    IF (concertina_s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NOT NULL AND concertina_s."if" IS NOT NULL) IS NOT TRUE AND ROW(NEW."loop", NEW."if")::record *= ROW(OLD."loop", OLD."if")::record
       AND NOT EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2 AND k.state LIKE 'given%') THEN
      INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (concertina_key_1, concertina_key_2, 'own');
      DELETE FROM public."end $$" AS t WHERE t."select" = concertina_key_1 AND t.state = concertina_key_2;
      DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2;
      RETURN NULL;
    END IF;
    IF ROW(NEW."loop")::record *= ROW(OLD."loop")::record AND NOT EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2 AND k.state = 'given_1') AND concertina_s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NOT NULL THEN
      NEW."loop" := concertina_s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12";
    END IF;
    IF ROW(NEW."if")::record *= ROW(OLD."if")::record AND NOT EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = concertina_key_1 AND k.key_2 = concertina_key_2 AND k.state = 'given_2') AND concertina_s."if" IS NOT NULL THEN
      NEW."if" := concertina_s."if";
    END IF;
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_61457cd8"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $concertina$
#variable_conflict use_column
DECLARE
  concertina_s record;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (NEW."select" <> OLD."select" OR NEW.state <> OLD.state) THEN
    IF EXISTS (SELECT FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = OLD."select" AND k.key_2 = OLD.state AND k.state = 'own') THEN
      RETURN NULL;
    END IF;
    PERFORM FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = OLD."select" AND s."select" = OLD.state FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
      DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = OLD."select" AND k.key_2 = OLD.state;
      INSERT INTO "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" (key_1, key_2, state) VALUES (OLD."select", OLD.state, 'gone');
      UPDATE "Shop"."Weird ""Table""" AS s SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = NULL, if = CAST('it''s' AS character varying(40)) WHERE s.begin = OLD."select" AND s."select" = OLD.state;
    END IF;
    IF TG_OP = 'DELETE' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12", s.if INTO concertina_s FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = NEW."select" AND s."select" = NEW.state FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM "Shop"."Weird ""Table""" AS s WHERE s.begin = NEW."select" AND s."select" = NEW.state) THEN
      DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = NEW."select" AND k.key_2 = NEW.state AND k.state LIKE 'given%';
      RETURN NULL;
    END IF;
    DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = NEW."select" AND k.key_2 = NEW.state;
  ELSIF ROW(concertina_s."Ä3456789_123456789_123456789_123456789_123456789_123456789_12", concertina_s."if")::record *<> ROW(NEW."loop", NEW."if")::record THEN
    DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = NEW."select" AND k.key_2 = NEW.state;
    UPDATE "Shop"."Weird ""Table""" AS s SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = NEW."loop", if = NEW."if" WHERE s.begin = NEW."select" AND s."select" = NEW.state;
  ELSE
    DELETE FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS k WHERE k.key_1 = NEW."select" AND k.key_2 = NEW.state AND (k.state <> 'made' OR TG_OP = 'UPDATE' AND ROW(NEW."loop", NEW."if")::record *= ROW(OLD."loop", OLD."if")::record);
  END IF;
  RETURN NULL;
END
$concertina$;

-- What a release writes into Weird
-- "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if goes to
-- end $$.loop, end $$.if: in the same transaction, and without waiting for who waits for it.
ALTER TABLE "Shop"."Weird ""Table""" ALTER COLUMN "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" DROP NOT NULL;
CREATE TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_4086ff9c" BEFORE DELETE OR UPDATE OF begin, "select" ON "Shop"."Weird ""Table"""
  FOR EACH ROW EXECUTE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_4086ff9c"();
CREATE TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_dc56872c" AFTER INSERT OR UPDATE OF begin, "select", "Ä3456789_123456789_123456789_123456789_123456789_123456789_12", if ON "Shop"."Weird ""Table"""
  FOR EACH ROW EXECUTE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_dc56872c"();

-- What a release writes into end $$.loop, end $$.if goes to Weird
-- "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if, whose
-- row is locked first.
CREATE TRIGGER "zy_concertina_Weird ""Table""_Ä3456789_123456789_123456_f873df6b" BEFORE UPDATE OF loop ON public."end $$"
  FOR EACH ROW WHEN (ROW(NEW."loop")::record *= ROW(OLD."loop")::record) EXECUTE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_f873df6b"();
CREATE TRIGGER "zy_concertina_Weird ""Table""_Ä3456789_123456789_123456_98aa57de" BEFORE UPDATE OF if ON public."end $$"
  FOR EACH ROW WHEN (ROW(NEW."if")::record *= ROW(OLD."if")::record) EXECUTE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_98aa57de"();
CREATE TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_21404d0b" BEFORE INSERT OR UPDATE OR DELETE ON public."end $$"
  FOR EACH ROW EXECUTE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_21404d0b"();
CREATE TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_61457cd8" AFTER INSERT OR UPDATE OR DELETE ON public."end $$"
  FOR EACH ROW EXECUTE FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_61457cd8"();

-- == weird_table_3456789_123456789_123456789_123456789_123456789_backfill ==
-- concertina: phase migrate

-- Touches the rows that were there before the triggers, which give them end $$.loop, end $$.if.
-- concertina: batch
UPDATE "Shop"."Weird ""Table""" SET "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" = "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" WHERE "Ä3456789_123456789_123456789_123456789_123456789_123456789_12" IS NOT NULL AND if IS NOT NULL AND NOT EXISTS (SELECT 1 FROM public."end $$" AS concertina_t WHERE concertina_t."select" = "Weird ""Table""".begin AND concertina_t.state = "Weird ""Table"""."select") AND NOT EXISTS (SELECT 1 FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS concertina_k WHERE concertina_k.key_1 = "Weird ""Table""".begin AND concertina_k.key_2 = "Weird ""Table"""."select");

-- == end_loop_backfill ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Touches the rows of end $$.loop, end $$.if that were written while another release had the second
-- row and then gave up.
-- concertina: batch
UPDATE public."end $$" SET extra = extra WHERE EXISTS (SELECT 1 FROM "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2" AS concertina_k WHERE concertina_k.key_1 = "end $$"."select" AND concertina_k.key_2 = "end $$".state AND concertina_k.state IN ('late', 'ahead'));

-- == weird_table_3456789_123456789_123456789_123456789_123456789_drop ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance writes Weird
-- "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if any more.
DROP TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_4086ff9c" ON "Shop"."Weird ""Table""";
DROP FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_4086ff9c"();
DROP TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_dc56872c" ON "Shop"."Weird ""Table""";
DROP FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_dc56872c"();

-- == end_loop_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Nobody needs Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird
-- "Table".if to follow end $$.loop, end $$.if.
DROP TRIGGER "zy_concertina_Weird ""Table""_Ä3456789_123456789_123456_f873df6b" ON public."end $$";
DROP FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_f873df6b"();
DROP TRIGGER "zy_concertina_Weird ""Table""_Ä3456789_123456789_123456_98aa57de" ON public."end $$";
DROP FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_98aa57de"();
DROP TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_21404d0b" ON public."end $$";
DROP FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_21404d0b"();
DROP TRIGGER "zz_concertina_Weird ""Table""_Ä3456789_123456789_123456_61457cd8" ON public."end $$";
DROP FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_61457cd8"();
DROP FUNCTION "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_6c71b084"(xid, timestamptz);
DROP TABLE "Shop"."concertina_Weird ""Table""_Ä3456789_123456789_123456_118d92f2";

-- == weird_table_3456789_123456789_123456789_123456789_123456789_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows Weird
-- "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if any more.
ALTER TABLE "Shop"."Weird ""Table""" DROP COLUMN "Ä3456789_123456789_123456789_123456789_123456789_123456789_12", DROP "if";

-- N: reads and writes Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if; the database keeps end $$.loop, end $$.if the same; works as before, on every schema on the way
-- N+1: starts once the migrate phase is done; reads and writes end $$.loop, end $$.if only, and the database keeps Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if the same for release N: the contract phase runs when no instance below N+1 is alive
-- note: a row of Weird "Table" that release N+1 inserts has no value in Weird "Table".Ä3456789_123456789_123456789_123456789_123456789_123456789_12, Weird "Table".if until its row of end $$ comes, and none when that is deleted: release N reads NULL there, or the default
-- note: deleting a row of Weird "Table" deletes its row of end $$ while both releases live, whatever the foreign key says
-- note: a transaction that writes a row of end $$ and then that of Weird "Table" can meet the deadlock error 40P01 where release N deletes the row of Weird "Table" at that moment: write Weird "Table" first, or retry it
-- note: an UPDATE of the key of Weird "Table" makes the row of end $$ anew, with end $$.loop, end $$.if and nothing else
-- note: TRUNCATE of Weird "Table" or end $$ is not followed; nor are writes of sessions with session_replication_role = replica
-- note: at isolation levels above READ COMMITTED, a write of Weird "Table" or end $$ can meet a serialization failure (40001) on the other table: retry it
