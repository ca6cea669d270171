ALTER TABLE events RENAME TO events_legacy;
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL DEFAULT '2024-05-05', "Kind" text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX ON events (at);
CREATE INDEX events_kind ON events ("Kind", at DESC) WHERE id > 0;
CREATE TABLE events_rest PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
ALTER TABLE events ATTACH PARTITION events_legacy FOR VALUES FROM (MINVALUE) TO ('2030-01-01');
CREATE TABLE events_later PARTITION OF events FOR VALUES FROM ('2031-01-01') TO (MAXVALUE);
CREATE INDEX events_id_kind ON events (id, "Kind");
