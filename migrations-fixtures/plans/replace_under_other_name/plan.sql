-- == k_c2_expand ==
-- concertina: phase expand

-- What c1 allows the new one allows too: no row and no release can violate it.
ALTER TABLE public.k DROP CONSTRAINT c1;
-- concertina: allow mixed-phases because "c1 allowed nothing that it refuses"
ALTER TABLE public.k ADD CONSTRAINT c2 CHECK (st IN ('a', 'b', 'c')) NOT VALID;

CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NULL; END$$;

-- The new trigger k_ins_upd takes the place of the old one: every row that is written meets one of
-- the two.
DROP TRIGGER k_ins ON k;
CREATE TRIGGER k_ins_upd AFTER INSERT ON k FOR EACH ROW EXECUTE FUNCTION note_all();

-- == k_c2_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.k VALIDATE CONSTRAINT c2;

-- == k_q2_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every row written from now on refers to a row of p; locks both tables, briefly. The rows that are
-- there are not read yet.
ALTER TABLE k ADD CONSTRAINT q2 FOREIGN KEY (q_id) REFERENCES p ON DELETE SET NULL NOT VALID;

-- == k_n2_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older. Two equal rows
-- make it fail and leave an invalid index behind: drop that, mend the rows, build again.
CREATE UNIQUE INDEX CONCURRENTLY k_n2 ON k (n, id, st);

-- == k_n_drop_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Drops the index while reads and writes go on.
DROP INDEX CONCURRENTLY k_n;

-- == k_fk2_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new fk2 beside the old one: locks both tables, briefly. The rows that are there are not read
-- yet.
ALTER TABLE public.k ADD CONSTRAINT fk2 FOREIGN KEY (p_id) REFERENCES public.p (id) ON DELETE CASCADE NOT VALID;

-- == k_fk2_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.k VALIDATE CONSTRAINT fk2;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.k VALIDATE CONSTRAINT q2;

-- == k_fk2_foreign_key_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new fk2 takes the place of the old one; no row is read.
ALTER TABLE public.k DROP CONSTRAINT fk1;

-- == k_q1_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- q2 stands in the place of q1 by now.
ALTER TABLE public.k DROP CONSTRAINT q1;

-- == replace_under_other_name_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

DROP FUNCTION note();

ALTER INDEX k_n2 RENAME TO k_n;

-- N: works under fk1 alone; may write rows that q2 refuses; writes rows that q1 allows; writes rows that c1 allows; may write rows that k_n2 refuses
-- N+1: takes what either fk2 does on DELETE and UPDATE: the contract phase, in which both stand for a while, runs when no instance below N+1 is alive; writes no such row: the contract phase runs when no instance below N+1 is alive; writes rows that both q1 and q2 allow: the contract phase runs when no instance below N+1 is alive; writes rows that the new c2 allows
-- note: rows that violate q2 stop the VALIDATE: repair them first
-- note: no index leads with the referencing columns: a DELETE or key UPDATE on p reads all of public.k; consider CREATE INDEX CONCURRENTLY ON public.k (q_id)
-- note: the new trigger k_ins_upd fires for what release N writes too, from the expand phase on
