ALTER TABLE users ALTER COLUMN id TYPE bigint;
ALTER TABLE orders ALTER COLUMN id TYPE bigint, ALTER COLUMN user_id TYPE bigint, ALTER COLUMN referrer TYPE bigint;
