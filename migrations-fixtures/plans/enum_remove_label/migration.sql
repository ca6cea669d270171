ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ('bad', 'good');
ALTER TABLE users ALTER COLUMN mood DROP DEFAULT;
ALTER TABLE users ALTER COLUMN mood TYPE mood USING CASE mood WHEN 'so-so' THEN 'good' ELSE mood::text::public.mood END;
ALTER TABLE "Pets" ALTER COLUMN "Mood" TYPE mood USING "Mood"::text::mood;
ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'good';
DROP TYPE mood_old;
