CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX events_note ON events (note);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2025 (id bigint NOT NULL, at date NOT NULL, note text);
INSERT INTO events SELECT i, '2024-03-03', 'n' FROM generate_series(1, 300) i;
INSERT INTO events SELECT i, '2030-03-03', 'n' FROM generate_series(1, 300) i;
INSERT INTO events_2025 SELECT i, '2025-03-03', 'n' FROM generate_series(1, 300) i;
