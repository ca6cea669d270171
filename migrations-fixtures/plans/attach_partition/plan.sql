-- == events_2025_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every row written into public.events_2025 from now on lies within its bound; the rows that are
-- there are not read yet.
ALTER TABLE public.events_2025 ADD CONSTRAINT concertina_events_2025_bound CHECK (at IS NOT NULL AND at >= '2025-01-01' AND at < '2026-01-01') NOT VALID;

-- == events_2025_tighten_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No row written into public.events_rest from now on belongs into the new partition; the rows that
-- are there are not read yet.
ALTER TABLE public.events_rest ADD CONSTRAINT concertina_events_rest_events_2025_bound CHECK (at < '2025-01-01' OR at >= '2026-01-01') NOT VALID;

-- == events_2025_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The index events_2025_pkey that the partition will need.
CREATE UNIQUE INDEX CONCURRENTLY events_2025_pkey ON public.events_2025 (id, at);

-- == events_2025_index_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The index events_2025_note_idx that the partition will need.
CREATE INDEX CONCURRENTLY events_2025_note_idx ON public.events_2025 (note);

-- == events_2025_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.events_2025 VALIDATE CONSTRAINT concertina_events_2025_bound;

-- == events_2025_validate_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.events_rest VALIDATE CONSTRAINT concertina_events_rest_events_2025_bound;

-- == events_2025_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- public.events_2025 becomes a partition of public.events; no row is read.
ALTER TABLE public.events_2025 ADD CONSTRAINT events_2025_pkey PRIMARY KEY USING INDEX events_2025_pkey;
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE public.events_2025 DROP CONSTRAINT concertina_events_2025_bound;
ALTER TABLE public.events_rest DROP CONSTRAINT concertina_events_rest_events_2025_bound;

-- N: may write rows of public.events_2025 that do not belong into a partition of public.events
-- N+1: writes no such row: the contract phase runs when no instance below N+1 is alive
