UPDATE users SET bio = 'about ' || coalesce(name, '?') WHERE bio IS NULL;
ALTER TABLE users ALTER COLUMN bio SET DEFAULT 'none', ALTER COLUMN bio SET NOT NULL;
