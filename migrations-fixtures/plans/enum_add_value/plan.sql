-- == mood_label ==
-- concertina: phase expand

-- The label is there when this file has committed, and not before: nothing in the same transaction
-- could use it (55P04).
ALTER TYPE mood ADD VALUE 'it''s calm' BEFORE 'bad';

-- == users_mood_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance can read 'it''s calm' now: rows may have it.
ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'it''s calm';

-- == users_mood_backfill ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance can read 'it''s calm' now: rows may have it.
-- concertina: batch key=id
UPDATE users SET mood = 'it''s calm' WHERE age > 900;

-- N: does not know 'it''s calm' of public.mood, and may fail to read it
-- N+1: can read 'it''s calm', and writes it only when no instance of N is alive
