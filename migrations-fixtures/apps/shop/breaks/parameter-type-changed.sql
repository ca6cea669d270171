-- change
ALTER TABLE coupons ALTER COLUMN expires_at TYPE date;

-- query
UPDATE coupons SET expires_at = $1 WHERE id = 1;
