ALTER TABLE users ADD COLUMN score int;
CREATE INDEX CONCURRENTLY users_score ON users (score);
