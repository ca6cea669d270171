-- change
ALTER TABLE coupons ALTER COLUMN expires_at TYPE integer USING 0;

-- query
UPDATE coupons SET expires_at = now();
