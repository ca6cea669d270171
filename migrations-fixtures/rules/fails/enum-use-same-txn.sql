-- history
CREATE TYPE mood AS ENUM ('a');
CREATE TABLE m (v mood);
-- migration
ALTER TYPE mood ADD VALUE 'b';
ALTER TABLE m ALTER COLUMN v SET DEFAULT 'b'; --~ error fails fails
