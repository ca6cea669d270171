-- change
ALTER TABLE coupons ADD COLUMN owner text;

-- query
SELECT * FROM coupons;
