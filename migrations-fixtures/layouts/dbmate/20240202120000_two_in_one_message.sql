-- migrate:up transaction:false
SET lock_timeout = '2s';
ALTER TABLE users ADD COLUMN seen_at timestamptz;

-- migrate:down
ALTER TABLE users DROP COLUMN seen_at;
