-- == tags_a_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on nobody writes NULL into tags.a; the rows that are there are not read yet.
ALTER TABLE public.tags ADD CONSTRAINT concertina_tags_a_not_null CHECK (a IS NOT NULL) NOT VALID;

-- == tags_pkey_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Builds the index of tags_pkey while writes go on. Two equal rows make it fail and leave an
-- invalid index behind: drop that, mend the rows, build again.
CREATE UNIQUE INDEX CONCURRENTLY tags_pkey ON public.tags (a, b);

-- == tags_a_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.tags VALIDATE CONSTRAINT concertina_tags_a_not_null;

-- == tags_a_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The check has proven that no a is NULL, so NOT NULL needs no scan.
ALTER TABLE public.tags ALTER COLUMN a SET NOT NULL;
ALTER TABLE public.tags DROP CONSTRAINT concertina_tags_a_not_null;

-- The index becomes the constraint tags_pkey; no row is read.
ALTER TABLE public.tags ADD CONSTRAINT tags_pkey PRIMARY KEY USING INDEX tags_pkey;

-- N: may write NULL into tags.a; may write rows that tags_pkey refuses
-- N+1: never writes NULL into tags.a: the contract phase runs when no instance below N+1 is alive; writes no such row: the contract phase runs when no instance below N+1 is alive
-- note: rows that have NULL in tags.a stop the VALIDATE: fill them first, or write the UPDATE into the migration
