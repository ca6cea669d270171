-- == orders_state_check_expand ==
-- concertina: phase expand

-- While both releases write, a row satisfies the old orders_state_check or the new one. Those that
-- are there satisfy the old one.
-- concertina: allow mixed-phases because "what either orders_state_check allows it allows"
ALTER TABLE public.orders ADD CONSTRAINT concertina_orders_orders_state_check_either CHECK ((state IN ('open', 'paid')) OR (state IN ('paid', 'sent') OR total IS NULL)) NOT VALID;
ALTER TABLE public.orders DROP CONSTRAINT orders_state_check;

-- == orders_state_check_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on every row written satisfies the new orders_state_check; the rows that are there are
-- not read yet.
ALTER TABLE public.orders ADD CONSTRAINT orders_state_check CHECK (state IN ('paid', 'sent') OR total IS NULL) NOT VALID;
ALTER TABLE public.orders DROP CONSTRAINT concertina_orders_orders_state_check_either;

-- == orders_state_check_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_state_check;

-- N: writes rows that the old orders_state_check allows, some of which the new one refuses
-- N+1: writes rows that the new orders_state_check allows, and reads those of N: the contract phase runs when no instance below N+1 is alive
-- note: rows that violate the new orders_state_check stop the VALIDATE: write the UPDATE that mends them into the migration, or run it before the contract phase
