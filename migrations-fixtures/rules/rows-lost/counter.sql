-- history
CREATE TABLE n (id bigint PRIMARY KEY, hits int NOT NULL DEFAULT 0);
-- migration
UPDATE n SET hits = hits + 1;
