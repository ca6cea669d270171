-- == orders_state_expand ==
-- concertina: phase expand

-- What the old State? allows the new one allows too: no row and no release can violate it.
ALTER TABLE public.orders DROP CONSTRAINT "State?";
-- concertina: allow mixed-phases because "the old State? allowed nothing that it refuses"
ALTER TABLE public.orders ADD CONSTRAINT "State?" CHECK (state IN ('open', 'paid', 'sent')) NOT VALID;

-- == orders_state_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT "State?";

-- N: writes rows that the old State? allows
-- N+1: writes rows that the new State? allows
