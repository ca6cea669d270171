ALTER TYPE mood ADD VALUE 'it''s calm' BEFORE 'bad';
ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'it''s calm';
UPDATE users SET mood = 'it''s calm' WHERE age > 900;
