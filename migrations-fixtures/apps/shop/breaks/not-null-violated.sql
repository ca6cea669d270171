-- change
ALTER TABLE coupons ALTER COLUMN expires_at SET NOT NULL;

-- query
INSERT INTO coupons (code, percent_off, expires_at) VALUES ('x', 5, NULL);
