CREATE TABLE events (id bigint NOT NULL, at date NOT NULL DEFAULT '2024-05-05', "Kind" text, PRIMARY KEY (id, at));
CREATE INDEX events_at ON events (at);
INSERT INTO events SELECT i, date '2024-01-01' + i, 'k' || i FROM generate_series(1, 400) i;
