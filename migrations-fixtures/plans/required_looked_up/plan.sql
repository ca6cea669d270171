-- == posts_region_expand ==
-- concertina: phase expand

-- Adds posts.region. The trigger computes it for a release that does not know it, and lets one that
-- does write what it likes.
ALTER TABLE public.posts ADD COLUMN region int;
CREATE FUNCTION public.concertina_posts_region_fill() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $concertina$
BEGIN
  IF NEW.region IS NULL
     OR TG_OP = 'UPDATE'
        AND ROW(NEW.region)::record *= ROW(OLD.region)::record
        AND ROW(NEW.id, NEW.place_id)::record *<> ROW(OLD.id, OLD.place_id)::record THEN
    NEW.region := (SELECT (SELECT s.region FROM places s WHERE s.id = p.place_id LIMIT 1) FROM (SELECT NEW.*) AS p);
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_posts_region_fill BEFORE INSERT OR UPDATE ON public.posts
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public.posts (region)') EXECUTE FUNCTION public.concertina_posts_region_fill();

ALTER TABLE posts ADD COLUMN label text;

-- == posts_region_backfill ==
-- concertina: phase migrate

-- Fills posts.region in the rows that were there before.
-- concertina: batch key=id
UPDATE public.posts AS p SET region = (SELECT s.region FROM places s WHERE s.id = p.place_id LIMIT 1) WHERE region IS NULL;

-- == posts_region_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Declares posts.region as required: every row written from now on has it.
ALTER TABLE public.posts ADD CONSTRAINT concertina_posts_region_not_null CHECK (region IS NOT NULL) NOT VALID;

-- == posts_region_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.posts VALIDATE CONSTRAINT concertina_posts_region_not_null;

-- == posts_region_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no region is NULL, so NOT NULL needs no scan.
DROP TRIGGER zz_concertina_posts_region_fill ON public.posts;
DROP FUNCTION public.concertina_posts_region_fill();
ALTER TABLE public.posts ALTER COLUMN region SET NOT NULL;
ALTER TABLE public.posts DROP CONSTRAINT concertina_posts_region_not_null;

-- N: does not know posts.region; the database gives it a value
-- N+1: writes posts.region, and reads it once the migrate phase is done
-- N+2: as N+1: when no instance below N+1 is alive, the contract phase leaves posts.region to the application
-- note: posts.region is looked up when a release that does not know it writes the row: what that release changes in the other tables later does not reach it, and a row for which nothing is found has NULL, which stops the contract phase
