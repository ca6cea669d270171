-- change
ALTER TABLE coupons DROP COLUMN expires_at;
ALTER TABLE coupons ADD COLUMN expires_at timestamptz GENERATED ALWAYS AS (NULL) STORED;

-- query
INSERT INTO coupons (code, percent_off, expires_at) VALUES ('x', 5, '2030-01-01');
