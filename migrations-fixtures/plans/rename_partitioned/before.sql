CREATE TABLE events (id int, at date NOT NULL DEFAULT '2024-02-03', kind text NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_kind ON events (kind, id);
CREATE UNIQUE INDEX events_key ON events (id, at, kind);
INSERT INTO events SELECT i, date '2024-01-01' + i, 'k' || i, 'n' FROM generate_series(1, 400) i;
