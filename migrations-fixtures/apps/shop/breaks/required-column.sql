-- change
ALTER TABLE coupons ADD COLUMN owner text NOT NULL;

-- query
INSERT INTO coupons (code, percent_off) VALUES ('x', 5);
