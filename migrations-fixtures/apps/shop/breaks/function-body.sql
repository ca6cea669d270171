-- before
CREATE FUNCTION best_coupon() RETURNS smallint LANGUAGE sql STABLE AS 'SELECT max(percent_off) FROM coupons';

-- change
ALTER TABLE coupons RENAME COLUMN percent_off TO percent;

-- query
SELECT best_coupon();
