ALTER TABLE users ADD COLUMN locale varchar(8) NOT NULL DEFAULT 'en';
ALTER TABLE users ALTER COLUMN locale DROP DEFAULT;
ALTER TABLE users ADD COLUMN active boolean;
UPDATE users SET active = true;
ALTER TABLE users ALTER active SET NOT NULL;
