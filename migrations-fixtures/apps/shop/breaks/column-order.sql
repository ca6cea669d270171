-- change
ALTER TABLE coupons DROP COLUMN expires_at;
ALTER TABLE coupons ADD COLUMN note text;
ALTER TABLE coupons ADD COLUMN expires_at timestamptz;

-- query
INSERT INTO coupons OVERRIDING SYSTEM VALUE VALUES (1, 'x', 5, NULL);
