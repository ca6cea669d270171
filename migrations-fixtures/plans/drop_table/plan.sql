-- == logs_user_id_fkey_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key logs_user_id_fkey goes first: it locks both tables, briefly, and one pair at a
-- time.
ALTER TABLE public.logs DROP CONSTRAINT logs_user_id_fkey;

-- == marks_mark_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key mark goes first: it locks both tables, briefly, and one pair at a time.
ALTER TABLE public.marks DROP CONSTRAINT mark;

-- == logs_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows public.logs any more.
DROP TABLE logs CASCADE;

-- N: reads and writes public.logs
-- N+1: does not know public.logs: the contract phase runs when no instance below N+1 is alive
