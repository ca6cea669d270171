-- == k_code_expand ==
-- concertina: phase expand

-- No instance minds k.code as character varying(20). The two types are stored alike; the checks
-- would be tried on every row, so they go for a moment in which nobody writes.
ALTER TABLE public.k DROP CONSTRAINT k_code_check;
ALTER TABLE k ALTER COLUMN code TYPE varchar(20);
-- concertina: allow mixed-phases because "every row satisfies it already"
ALTER TABLE public.k ADD CONSTRAINT k_code_check CHECK (code <> '') NOT VALID;

-- == k_code_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.k VALIDATE CONSTRAINT k_code_check;

-- == k_name_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes k.name as text. The two types are stored alike; the checks would be
-- tried on every row, so they go for a moment in which nobody writes.
ALTER TABLE public.k DROP CONSTRAINT k_name;
ALTER TABLE public.k DROP CONSTRAINT k_short;
ALTER TABLE k ALTER COLUMN name TYPE text;
ALTER TABLE public.k ADD CONSTRAINT k_name CHECK (length(name) > 1) NOT VALID;
COMMENT ON CONSTRAINT k_name ON public.k IS 'A name.';
ALTER TABLE public.k ADD CONSTRAINT k_short CHECK (length(name) < 100) NO INHERIT NOT VALID;

-- == k_name_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.k VALIDATE CONSTRAINT k_name;
ALTER TABLE public.k VALIDATE CONSTRAINT k_short;

-- N: reads and writes k.name as it was
-- N+1: takes k.name as either type: the contract phase runs when no instance below N+1 is alive
