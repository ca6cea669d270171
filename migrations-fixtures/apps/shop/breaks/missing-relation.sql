-- change
DROP TABLE coupons CASCADE;

-- query
SELECT code FROM coupons WHERE id = 1;
