-- history
CREATE TABLE s (id serial PRIMARY KEY);
-- migration
ALTER TABLE s ALTER COLUMN id TYPE bigint; --~ error type-change-rewrite blocks-reads,blocks-writes,table-rewrite --~ warning sequence-not-widened hygiene
