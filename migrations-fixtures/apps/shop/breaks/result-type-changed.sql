-- change
ALTER TABLE coupons ALTER COLUMN percent_off TYPE integer;

-- query
SELECT percent_off FROM coupons;
