-- change
ALTER TABLE coupons ALTER COLUMN code DROP NOT NULL;

-- query
SELECT code FROM coupons;
