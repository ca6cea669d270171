-- == k_a_expand ==
-- concertina: phase expand

-- A second column for k.a as bigint. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public.k ADD COLUMN concertina_k_a_new bigint;
CREATE FUNCTION public.concertina_k_a_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_k_a_new := NEW.a;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_k_a_sync BEFORE INSERT OR UPDATE OF id, a ON public.k
  FOR EACH ROW EXECUTE FUNCTION public.concertina_k_a_sync();

-- == k_a_backfill ==
-- concertina: phase migrate

-- Fills k.concertina_k_a_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.k SET concertina_k_a_new = a WHERE concertina_k_a_new IS NULL AND a IS NOT NULL;

-- == k_a_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes k.a as it will be: the second column takes the place and the names of
-- the first.
DROP TRIGGER zz_concertina_k_a_sync ON public.k;
DROP FUNCTION public.concertina_k_a_sync();
ALTER TABLE public.k DROP COLUMN a;
ALTER TABLE public.k RENAME COLUMN concertina_k_a_new TO a;
CREATE STATISTICS public.d (dependencies, ndistinct) ON b, (a + 1) FROM public.k;
CREATE STATISTICS public.s ON b, a FROM public.k;

-- N: reads and writes k.a as integer; the database keeps a second column of the new type
-- N+1: takes k.a as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write values of k.a that only bigint can hold
-- note: k.a becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: the statistics public.d are made anew in the contract phase: ANALYZE public.k after it, and say COMMENT ON STATISTICS and ALTER STATISTICS again
-- note: the statistics public.s are made anew in the contract phase: ANALYZE public.k after it, and say COMMENT ON STATISTICS and ALTER STATISTICS again
