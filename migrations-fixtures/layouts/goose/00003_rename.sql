-- +goose up
ALTER TABLE users RENAME COLUMN email TO mail; -- äöü, before a byte that counts
ALTER TABLE users ADD COLUMN seen_at timestamptz;
-- +goose down
ALTER TABLE users RENAME COLUMN mail TO email;
