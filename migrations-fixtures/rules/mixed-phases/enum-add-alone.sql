-- history
CREATE TYPE mood AS ENUM ('a');
-- migration
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'b';
