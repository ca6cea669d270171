-- change
ALTER TABLE coupons DROP CONSTRAINT coupons_code_key;

-- query
INSERT INTO coupons (code, percent_off) VALUES ('x', 5) ON CONFLICT (code) DO NOTHING;
