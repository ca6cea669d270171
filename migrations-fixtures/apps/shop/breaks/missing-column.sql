-- change
ALTER TABLE coupons DROP COLUMN expires_at;

-- query
SELECT code, expires_at FROM coupons;
