-- == k_expand ==
-- concertina: phase expand

-- public.k becomes public.kk; the view under the old name reads and writes it for releases that say
-- public.k.
ALTER TABLE k RENAME TO kk;
CREATE VIEW public.k WITH (security_invoker = true) AS SELECT id, a, p_id FROM public.kk;
ALTER VIEW public.k ALTER COLUMN id SET DEFAULT nextval('k_id_seq'::regclass);

-- == rename_table_then_more_expand ==
-- concertina: phase expand

ALTER TABLE kk RENAME CONSTRAINT k_pkey TO kk_pkey;

ALTER TABLE kk ADD COLUMN note text;

ALTER TABLE kk ADD COLUMN c int NOT NULL DEFAULT 0;

-- == k_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance says public.k any more.
DROP VIEW public.k;

-- == kka_index ==
-- concertina: phase expand
-- concertina: in-order
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY kka ON kk (a);

-- == kk_fk_tighten ==
-- concertina: phase contract
-- concertina: in-order

-- Every row written from now on refers to a row of p; locks both tables, briefly. The rows that are
-- there are not read yet.
ALTER TABLE kk ADD CONSTRAINT kk_fk FOREIGN KEY (p_id) REFERENCES p NOT VALID;

-- == kk_fk_validate ==
-- concertina: phase contract
-- concertina: in-order

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.kk VALIDATE CONSTRAINT kk_fk;

-- == kk_c_contract ==
-- concertina: phase contract
-- concertina: in-order

-- Every live instance gives kk.c itself: takes the default away.
ALTER TABLE kk ALTER COLUMN c DROP DEFAULT;

-- N: says public.k, which is a view of public.kk
-- N+1: says public.kk: the contract phase drops the view when no instance below N+1 is alive; may leave kk.c to its default; works as before, on every schema on the way; may write rows that kk_fk refuses
-- N+2: gives kk.c in every INSERT, since one without it fails later: the contract phase runs when no instance below N+2 is alive; writes no such row: the contract phase runs when no instance below N+2 is alive
-- note: what a view cannot do, release N cannot do on public.k meanwhile: COPY .. FROM, TRUNCATE, LOCK, ON CONFLICT ON CONSTRAINT, SET .. = DEFAULT of an identity or generated column, a new foreign key to it
-- note: the view public.k has the privileges on public.kk that migrations have granted: GRANT in the same file what the roles of release N have from elsewhere
-- note: the statements from line 5 on are a round of their own: kka_index and all behind it wait until the contract before them is done
-- note: rows that violate kk_fk stop the VALIDATE: repair them first
-- note: no index leads with the referencing columns: a DELETE or key UPDATE on p reads all of public.kk; consider CREATE INDEX CONCURRENTLY ON public.kk (p_id)
