-- == events_kind_at_idx_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the index of one partition while writes go on.
CREATE INDEX CONCURRENTLY events_1_kind_at_idx ON public.events_1 (kind, at DESC);

-- == events_kind_at_idx_index_2 ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the index of one partition while writes go on.
CREATE INDEX CONCURRENTLY events_2_kind_at_idx ON public.events_2 (kind, at DESC);

-- == events_kind_at_idx_constraints ==
-- concertina: phase migrate

-- The index events_kind_at_idx of the whole: the partitions have theirs, no row is read.
CREATE INDEX events_kind_at_idx ON ONLY public.events (kind, at DESC);
ALTER INDEX public.events_kind_at_idx ATTACH PARTITION public.events_1_kind_at_idx;
ALTER INDEX public.events_kind_at_idx ATTACH PARTITION public.events_2_kind_at_idx;

-- N: works as before, on every schema on the way
