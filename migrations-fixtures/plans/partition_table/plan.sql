-- == events_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every row written from now on lies within the bound of the partition that public.events becomes;
-- the rows that are there are not read yet.
ALTER TABLE public.events ADD CONSTRAINT concertina_events_bound CHECK (at IS NOT NULL AND at < '2030-01-01') NOT VALID;

-- == events_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The index that events_legacy_Kind_at_idx of events will need of this partition.
CREATE INDEX CONCURRENTLY "events_legacy_Kind_at_idx" ON public.events ("Kind", at DESC) WHERE id > 0;

-- == events_index_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The index that events_legacy_id_Kind_idx of events will need of this partition.
CREATE INDEX CONCURRENTLY "events_legacy_id_Kind_idx" ON public.events (id, "Kind");

-- == events_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.events VALIDATE CONSTRAINT concertina_events_bound;

-- == events_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The table becomes a partition, and the new one takes its name: nobody meets a missing table, and
-- no row is read.
ALTER TABLE events RENAME TO events_legacy;
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL DEFAULT '2024-05-05', "Kind" text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX ON events (at);
CREATE INDEX events_kind ON events ("Kind", at DESC) WHERE id > 0;
CREATE TABLE events_rest PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
ALTER TABLE events ATTACH PARTITION events_legacy FOR VALUES FROM (MINVALUE) TO ('2030-01-01');
CREATE TABLE events_later PARTITION OF events FOR VALUES FROM ('2031-01-01') TO (MAXVALUE);
CREATE INDEX events_id_kind ON events (id, "Kind");
ALTER TABLE public.events_legacy DROP CONSTRAINT concertina_events_bound;

-- N: may write rows of public.events that its partition refuses
-- N+1: writes public.events as the partitioned table takes it: the contract phase puts that in the place when no instance below N+1 is alive
-- note: from the check on, rows of public.events outside of FOR VALUES FROM (MINVALUE) TO ('2030-01-01') are refused until the new table has its place: let the bound lie in the future
-- note: the new public.events has none of the privileges and settings of public.events_legacy: GRANT what the roles need in the same migration
