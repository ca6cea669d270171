-- change
ALTER TABLE coupons ADD CONSTRAINT at_least_ten CHECK (percent_off >= 10) NOT VALID;

-- query
INSERT INTO coupons (code, percent_off) VALUES ('x', 5);
